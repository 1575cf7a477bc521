/* SPDX-License-Identifier: MIT */
/* netns.h - a network namespace for one test: nothing but a loopback link that is up, and
 * nothing that reaches the machine's own network. It goes when the next one is entered or the
 * program ends. */
#ifndef HW_TESTS_NETNS_H
#define HW_TESTS_NETNS_H

#include "tests/unit/unit.h"
#include <stdio.h>
#include <sys/types.h>

bool netns_enter(void);
#define NEED_NETNS()                                                                               \
	do {                                                                                       \
		if (!netns_enter()) {                                                              \
			print_message("skipped: a network namespace needs root\n");                \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* Runs a command line; what configures links goes by ip(8), so that it and our own code check
 * each other. */
bool run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* From here on this process sees the text at /etc/NAME, which is an existing file. */
bool own_etc_file(const char *name, const char *text);
/* How many lines of the command's output hold the text. */
unsigned lines_with(const char *command, const char *text);
/* The same, until there are so many (the kernel does some of its work in the background) or 5 s
 * are over. */
bool wait_for_lines(unsigned n, const char *command, const char *text);
/* Runs f in a child process; its result is the child's. For what changes the process for good. */
bool in_child(bool (*f)(void));

#endif
