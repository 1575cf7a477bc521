/* SPDX-License-Identifier: MIT */
/* privileges.h - what a daemon needs to start, and gives up once it has: root's identity and all capabilities but those
 * that it uses.
 *
 * What it opens it opens before. What it has to find again later it must be able to read or write as that user: its state
 * (daemon_user_own()), and files of configuration, which the administrator lets the user's group read
 * (base/private.h). Nothing of root is kept for the latter: CAP_DAC_READ_SEARCH would open every file there is, a
 * descriptor of a directory opens nothing that the user may not, and one of a file is of the old one when an editor
 * has put a new one in its place. */
#ifndef HW_IO_DAEMON_PRIVILEGES_H
#define HW_IO_DAEMON_PRIVILEGES_H

#include "base/err.h"
#include "base/log.h"
#include "io/daemon/memory.h"
#include <sys/types.h>

/* What a daemon keeps: any of these. */
enum {
	DAEMON_KEEP_NET_ADMIN = 1,
	DAEMON_KEEP_NET_RAW = 2,
	DAEMON_KEEP_NET_BIND = 4,
	DAEMON_KEEP_IPC_LOCK = 8
};

typedef struct daemon_user {
	char name[33];
	uid_t uid;
	gid_t gid;
	bool changes; /* root started this process, and it is to run as that user */
	bool missing; /* root started it, and the default user does not exist */
} daemon_user;

/* name: of the configuration; NULL: PRIVATE_DAEMON_USER, and where there is none the process stays root, without root's
 * powers, which daemon_drop_privileges() logs. "root" means the same, and is not logged; so it is where root has not got the
 * capabilities to change its user, since somebody has contained it already. False: that user does not exist, or this
 * process can't change to it. */
bool daemon_user_find(daemon_user *u, const char *name, err *e);
/* dir, and the plain files of root's in it, are the user's from now on; where the user does not change, nothing is done.
 * is_ours: whether a file there is the daemon's; NULL: all are. False: another user's, or there are other files, which
 * somebody else may need: all is as it was. */
bool daemon_user_own(const daemon_user *u, const char *dir, bool (*is_ours)(const char *name),
		     err *e);

/* Changes to that user and his groups, drops every capability but those of `keep` that the process has, from the bounding
 * set too (where CAP_SETPCAP is there to do so), sets no-new-privileges, and forbids core dumps. For use after start-up,
 * before any thread is made: capabilities are a thread's own. u: NULL: whoever it is. m: what came of protecting the
 * memory, which may need CAP_IPC_LOCK, and is logged if it failed; NULL: nothing is known of it. */
bool daemon_drop_privileges(const daemon_user *u, unsigned keep, const daemon_memory *m,
			    const logger *log, err *e);
/* Logs a warning for each of these files (n; NULL ones are skipped) that can't be read now: SIGHUP would fail. */
void daemon_warn_unreadable(const daemon_user *u, const char *const files[], unsigned n,
			    const logger *log);
/* One clear sentence if CAP_NET_ADMIN is missing. */
bool daemon_need_net_admin(err *e);

#endif
