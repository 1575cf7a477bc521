/* SPDX-License-Identifier: MIT */
/* conf_change.h - what differs between two configurations, for reading one again while the daemon runs. */
#ifndef HW_SERVER_CONF_CHANGE_H
#define HW_SERVER_CONF_CHANGE_H

#include "conf.h"

/* The first key that differs and can't change while running; NULL: there is none. */
const char *server_conf_find_fixed_change(const server_conf *a, const server_conf *b);
/* Are the relays the same, as far as their links with home depend on it? */
bool server_conf_has_same_relays(const server_conf *a, const server_conf *b);

#endif
