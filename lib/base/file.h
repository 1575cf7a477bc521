/* SPDX-License-Identifier: MIT */
/* file.h - whole files: read at once, or replaced at once. */
#ifndef HW_BASE_FILE_H
#define HW_BASE_FILE_H

#include "base/err.h"
#include <stddef.h>
#include <sys/types.h>

/* Reads all of path. *out is the caller's, to free(); a 0 octet that *n does not count follows the
 * text. A file of more than max octets is refused (ERR_LIMIT), never cut. */
bool file_read(const char *path, size_t max, char **out, size_t *n, err *e);
/* The same, and to whom belongs what was read, and its mode: of the open file, whatever stands at path by then. */
typedef struct file_access {
	uid_t owner;
	gid_t group;
	mode_t mode;
} file_access;
bool file_read_access(const char *path, size_t max, char **out, size_t *n, file_access *access,
		      err *e);

/* Replaces path by a file of these n octets and this mode. Whoever opens path at any instant, also
 * after a crash or loss of power, finds all of the old or all of the new. On failure path is as it
 * was and nothing is left beside it. The temporary file is `.NAME.XXXXXX` in the same directory. By root, a file that is
 * there keeps its owner and group. */
bool file_write_atomic(const char *path, mode_t mode, const void *p, size_t n, err *e);

/* By root: path, a file in dir, gets the owner of dir, so that a daemon that runs as that user can read it. */
bool file_give_to_owner_of(const char *dir, const char *path, err *e);

#endif
