/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to room octets, less only at the end of the file; -1: see errno. */
static ssize_t read_all(int fd, char *p, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t got = read(fd, p + have, room - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* Reads the file's size and one octet more, to notice a file that is longer than its size (as in /proc). */
static bool read_fd(int fd, const char *path, size_t max, char **out, size_t *n,
		    file_access *access, err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "cannot read %s", path);
	if (S_ISDIR(st.st_mode))
		return err_sys(e, EISDIR, "cannot read %s", path);
	*access = (file_access){ st.st_uid, st.st_gid, st.st_mode };
	size_t room = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : max;
	if (room > max)
		return err_set(e, ERR_LIMIT, "%s is larger than %zu octets", path, max);
	char *p = malloc(room + 1);
	if (!p)
		return err_sys(e, ENOMEM, "cannot read %s", path);
	ssize_t got = read_all(fd, p, room + 1);
	if (got < 0 || (size_t)got > room) {
		int why = errno;
		explicit_bzero(p, room + 1);
		free(p);
		if (got < 0)
			return err_sys(e, why, "cannot read %s", path);
		return err_set(e, ERR_LIMIT, "%s is larger than %zu octets", path, room);
	}
	p[got] = 0;
	*out = p;
	*n = (size_t)got;
	return true;
}

bool file_read_access(const char *path, size_t max, char **out, size_t *n, file_access *access,
		      err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "cannot open %s", path);
	bool ok = read_fd(fd, path, max, out, n, access, e);
	close(fd);
	return ok;
}

bool file_read(const char *path, size_t max, char **out, size_t *n, err *e)
{
	file_access ignored;

	return file_read_access(path, max, out, n, &ignored, e);
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static bool keep_owner(int fd, const char *path)
{
	struct stat st;

	return geteuid() != 0 || lstat(path, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) == 0;
}

static bool fill(int fd, const char *path, mode_t mode, const void *p, size_t n)
{
	return keep_owner(fd, path) && fchmod(fd, mode) == 0 && write_all(fd, p, n) &&
	       fsync(fd) == 0;
}

/* The rename is durable only once the directory is on disk too. */
static bool sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	int why = errno;
	close(fd);
	errno = why;
	return ok;
}

/* Makes, fills and puts in place; sets errno on failure, with the temporary file gone. */
static bool replace(const char *path, char *temp, mode_t mode, const void *p, size_t n)
{
	int fd = mkostemp(temp, O_CLOEXEC);

	if (fd < 0)
		return false;
	bool ok = fill(fd, path, mode, p, n);
	int why = errno;
	if (close(fd) < 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && rename(temp, path) < 0) {
		ok = false;
		why = errno;
	}
	if (!ok)
		unlink(temp);
	errno = why;
	return ok;
}

bool file_write_atomic(const char *path, mode_t mode, const void *p, size_t n, err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
	char *temp = NULL;
	bool ok = false;

	if (!dir || asprintf(&temp, "%s.%s.XXXXXX", dir, name) < 0) {
		free(dir);
		return err_sys(e, ENOMEM, "cannot write %s", path);
	}
	if (!replace(path, temp, mode, p, n))
		err_sys(e, errno, "cannot write %s", path);
	else if (!sync_directory(dir))
		err_sys(e, errno, "%s is written, but its directory cannot be synchronised", path);
	else
		ok = true;
	free(temp);
	free(dir);
	return ok;
}

bool file_give_to_owner_of(const char *dir, const char *path, err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	return (lstat(dir, &st) == 0 && lchown(path, st.st_uid, st.st_gid) == 0) ||
	       err_sys(e, errno, "giving %s to the owner of %s", path, dir);
}
