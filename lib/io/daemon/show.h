/* SPDX-License-Identifier: MIT */
/* show.h - a command that asks the daemon and shows what it answers: one line of JSON, or as the program
 * prints it; once, or again each second. */
#ifndef HW_IO_DAEMON_SHOW_H
#define HW_IO_DAEMON_SHOW_H

#include "base/err.h"

#include <jansson.h>

/* What the user chose; a part of the program's struct options. */
typedef struct show_options {
	bool json, watch;
} show_options;

/* These two options as rows of a table of cli_option; `at` is the show_options among struct options. */
#define SHOW_OPTIONS(at_show)                                                                      \
	{ .name = "json",                                                                          \
	  .kind = CLI_FLAG,                                                                        \
	  .at = (at_show) + offsetof(show_options, json),                                          \
	  .help = "one line of JSON" },                                                            \
	{                                                                                          \
		.name = "watch", .kind = CLI_FLAG,                                                 \
		.at = (at_show) + offsetof(show_options, watch),                                   \
		.help = "again each second, until interrupted"                                     \
	}

/* Calls `command` on that control socket. False: see *e; with `watch` it returns no other way. */
bool show_answer(const char *socket, const char *command, const show_options *how,
		 void (*print)(const json_t *answer), err *e);

/* Prints one line; what is in it is in the order it was put in. */
void show_json(const json_t *value);

/* For printers; "-" and 0 where there is no such value. */
const char *show_text(const json_t *object, const char *key);
long long show_number(const json_t *object, const char *key);

#endif
