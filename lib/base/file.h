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

/* Replaces path by a file of these n octets and this mode. Whoever opens path at any instant, also
 * after a crash or loss of power, finds all of the old or all of the new. On failure path is as it
 * was and nothing is left beside it. The temporary file is `.NAME.XXXXXX` in the same directory. */
bool file_write_atomic(const char *path, mode_t mode, const void *p, size_t n, err *e);

#endif
