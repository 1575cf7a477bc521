/* SPDX-License-Identifier: MIT */
/* profile_core.h - the core's configuration from the profile. */
#ifndef HW_CLIENT_PROFILE_CORE_H
#define HW_CLIENT_PROFILE_CORE_H

#include "profile.h"

/* Home servers and relays given by address are filled in already. */
void profile_core_conf(const profile *p, client_conf *out);

#endif
