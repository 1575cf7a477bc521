/* SPDX-License-Identifier: MIT */
/* cmds.h - the commands; each returns the exit status. */
#ifndef HOMEWARD_CMDS_H
#define HOMEWARD_CMDS_H

#include "options.h"

enum { CALL_TIMEOUT_MS = 5000 };

int cmd_up(const options *o);
int cmd_down(const options *o);
int cmd_status(const options *o);
int cmd_paths(const options *o);
int cmd_roam(const options *o);
int cmd_check(const options *o);

#endif
