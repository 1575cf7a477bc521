/* SPDX-License-Identifier: MIT */
/* daemon.h - what makes a program a service: readiness, privileges, the background, a lock,
 * syslog. */
#ifndef HW_IO_DAEMON_DAEMON_H
#define HW_IO_DAEMON_DAEMON_H

#include "base/err.h"
#include "base/log.h"

/* sd_notify(3)'s protocol: "READY=1", "STOPPING=1", "STATUS=..." */
void daemon_notify(const char *state);

/* Keeps CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE (those it has), drops every other
 * capability, from the bounding set too (where CAP_SETPCAP is there to do so), and sets no-new-
 * privileges; no core dump is written either, since keys would be in it. For use after start-up, before any thread is made: capabilities are a thread's
 * own. */
bool daemon_drop_privileges(err *e);
/* The same, but keeps none: for a daemon whose sockets are all open. */
bool daemon_drop_all_privileges(err *e);
/* One clear sentence if CAP_NET_ADMIN is missing. */
bool daemon_need_net_admin(err *e);

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
