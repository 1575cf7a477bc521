/* SPDX-License-Identifier: MIT */
/* private.h - whether a file of keys is in the right hands. What is examined is the file that was read (file_access
 * comes with its octets), not what its name leads to at another moment. */
#ifndef HW_BASE_PRIVATE_H
#define HW_BASE_PRIVATE_H

#include "base/file.h"

/* The user that a daemon started by root changes to, unless its configuration says otherwise. */
#define PRIVATE_DAEMON_USER "homeward"

/* It belongs to root, to who runs this program (with sudo: or called it) or to user; nobody else can read or write it, but
 * for a group that user is in, which may read it. user: the one that the daemon runs as; NULL: PRIVATE_DAEMON_USER. False:
 * *e says what to change. */
bool private_check(const char *path, const file_access *a, const char *user, err *e);

#endif
