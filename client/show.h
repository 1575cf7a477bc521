/* SPDX-License-Identifier: MIT */
/* show.h - asks the daemon and shows its answer: as one line of JSON, or as a person reads it. */
#ifndef HW_CLIENT_SHOW_H
#define HW_CLIENT_SHOW_H

#include "options.h"
#include <jansson.h>

/* Returns the program's exit status. */
int command_show(const options *o, const char *command, void (*print)(const json_t *answer));

#endif
