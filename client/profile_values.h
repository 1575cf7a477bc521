/* SPDX-License-Identifier: MIT */
/* profile_values.h - what may stand behind the keys of a profile, but for those of multiplexers, proxies and paths. */
#ifndef HW_CLIENT_PROFILE_VALUES_H
#define HW_CLIENT_PROFILE_VALUES_H

#include "base/conf.h"

/* With those that fill more than one field, `field` is the profile. */
conf_setter profile_identity, profile_key, profile_spi, profile_home, profile_relay,
	profile_interface, profile_routes, profile_networks, profile_ciphers, profile_groups,
	profile_lifetime, profile_address4or6, profile_address6, profile_at_home,
	profile_fail_closed, profile_table, profile_priority, profile_mark;

#endif
