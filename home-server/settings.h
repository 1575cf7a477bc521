/* SPDX-License-Identifier: MIT */
/* settings.h - the configuration in force, and what follows from it: the log's level, and what the core is configured
 * with. Others borrow it for as long as the daemon runs; *conf is another one when the configuration has been read
 * again. */
#ifndef HW_SERVER_SETTINGS_H
#define HW_SERVER_SETTINGS_H

#include "public_names.h"

typedef struct settings {
	server_conf *conf;
	logger log;
	public_names names;
	home_conf home;
} settings;

void settings_init(settings *s, server_conf *c); /* owns it from here on */
/* Fills in `home` from the configuration, from what is known of its names, and from the system: own addresses. */
void settings_fill_home(settings *s, uint32_t lan_ifindex);
void settings_replace(settings *s, server_conf *next); /* owns it from here on; home's link stays */
void settings_free(settings *s);                       /* wipes keys */

#endif
