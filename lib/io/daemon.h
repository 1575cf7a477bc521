/* SPDX-License-Identifier: MIT */
/* daemon.h - what makes a program a service: readiness, privileges, the background, a lock. */
#ifndef HW_IO_DAEMON_H
#define HW_IO_DAEMON_H

#include "base/err.h"

void daemon_notify(const char *state); /* sd_notify(3) protocol, in the open: "READY=1", "STOPPING=1", "STATUS=..." */

/* Keeps CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE, drops every other capability, from the bounding set too,
 * and sets no-new-privileges. For use after start-up. */
bool daemon_drop_privileges(err *e);
/* One clear sentence if CAP_NET_ADMIN is missing. */
bool daemon_need_net_admin(err *e);

/* Leaves a daemon behind: in the parent returns the pipe the child reports on; in the child 0 and its
 * reporting end in *report. The child has a session of its own and null standard descriptors. */
int daemon_background(int *report, err *e);
bool daemon_report(int fd, bool ok, const char *text); /* child: the outcome, once */
bool daemon_wait_report(int fd, unsigned timeout_ms, char *text, unsigned text_len, bool *ok); /* false: no word in time */

/* Exclusive advisory lock on a file, held until the process ends. */
int daemon_lock(const char *path, err *e); /* -1: somebody else has it */

#endif
