/* SPDX-License-Identifier: MIT */
/* profile.h - NAME.hw, the one file that a client needs. */
#ifndef HW_SERVER_PROFILE_H
#define HW_SERVER_PROFILE_H

#include "conf.h"
#include "store/registry.h"

/* Writes it, mode 0600. Refuses to replace a file that isn't a profile of the same identity. */
bool profile_write(const server_conf *c, const client_record *r, const char *path, err *e);

#endif
