/* SPDX-License-Identifier: MIT */
/* daemon.h - what makes a program a service: readiness, the background, a lock, syslog. Its privileges: privileges.h; its
 * memory: memory.h. */
#ifndef HW_IO_DAEMON_DAEMON_H
#define HW_IO_DAEMON_DAEMON_H

#include "base/err.h"
#include "base/log.h"

/* sd_notify(3)'s protocol: "READY=1", "STOPPING=1", "STATUS=..." */
void daemon_notify(const char *state);

/* Leaves a daemon behind: in the parent returns the pipe the child reports on; in the child 0
 * and its reporting end in *report. The child has a session of its own and null standard
 * descriptors; it keeps the working directory, so that relative paths stay right. -1: see *e (in
 * the parent only). Before any loop or thread is made. */
int daemon_background(int *report, err *e);
bool daemon_report(int fd, bool ok, const char *text); /* child: the outcome, once; closes fd */
/* Parent: closes fd. False: no report in time. A child that ended without a report counts as a failure, with a
 * text about it: true, and *ok false. */
bool daemon_wait_report(int fd, unsigned timeout_ms, char *text, unsigned text_len, bool *ok);

/* Exclusive advisory lock on a file (mode 0600, made if need be), held until the process ends or
 * closes it. */
int daemon_lock(const char *path, err *e); /* -1: somebody else has it */

/* A logger for a daemon without a terminal: syslog(3), facility daemon. ident stays borrowed. */
logger log_to_syslog(log_level level, const char *ident);

#endif
