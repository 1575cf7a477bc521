/* SPDX-License-Identifier: MIT */
/* commands.h - what homeward-server can be told to do, one file each. */
#ifndef HW_SERVER_COMMANDS_H
#define HW_SERVER_COMMANDS_H

#include "base/err.h"
#include "conf.h"
#include "options.h"

int cmd_init(const options *o);
int cmd_add(const options *o);
int cmd_add_relay(const options *o);
int cmd_remove(const options *o);
int cmd_list(const options *o);
int cmd_run(const options *o);
int cmd_status(const options *o);
int cmd_check(const options *o);

/* Prints the one line that says what is wrong; EXIT_FAILED. */
int cmd_failed(const err *e);
/* The configuration, or NULL after printing why not. */
server_conf *cmd_conf(const options *o);

typedef enum told { TOLD, TOLD_NOBODY, TOLD_REFUSED } told;
/* Tells a running daemon about a client ("load" or "unload"), or to read its configuration
 * again ("reload"). TOLD_NOBODY: none runs on this state. */
told cmd_tell(const options *o, const server_conf *c, const char *verb, const char *name, err *e);

#endif
