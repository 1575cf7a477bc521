/* SPDX-License-Identifier: MIT */
/* commands.h - what several commands share: the configuration, and notifying the running daemon. */
#ifndef HW_SERVER_COMMANDS_H
#define HW_SERVER_COMMANDS_H

#include "conf.h"
#include "options.h"

server_conf *cmd_load_conf(const options *o, err *e); /* NULL: see *e */

typedef enum notified { NOTIFIED, NOTIFIED_NOBODY, NOTIFIED_REFUSED } notified;
/* Lets a running daemon load or drop a client ("load", "unload"), or read its configuration again
 * ("reload"). NOTIFIED_NOBODY: none runs on this state. NOTIFIED_REFUSED: see *e. */
notified cmd_notify(const options *o, const server_conf *c, const char *verb, const char *name,
		    err *e);

#endif
