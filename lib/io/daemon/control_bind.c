/* SPDX-License-Identifier: MIT */
/* control_bind.c - binding the control socket, taking over what a dead daemon left.
 *
 * Two daemons that start at the same moment must not both find the old socket dead and each
 * remove what the other made. So its directory is locked (flock) from the check until the new
 * socket listens; the second one then finds the first listening. The lock leaves no file behind and
 * is released when its holder ends. */
#include "io/daemon/control_priv.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOCK_TRIES = 40, LOCK_PAUSE_MS = 50, BACKLOG = 16 };

bool control_address(const char *path, struct sockaddr_un *out, err *e)
{
	size_t n = strlen(path);

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!n || n >= sizeof(out->sun_path))
		return err_set(e, ERR_USAGE, "control socket path '%.100s': 1 to %zu characters",
			       path, sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, n);
	return true;
}

static int open_directory(const char *path, bool *made)
{
	char *copy = strdup(path);

	if (!copy)
		return -1;
	const char *dir = dirname(copy);
	*made = mkdir(dir, 0755) == 0;
	if (!*made && errno != EEXIST) {
		free(copy);
		return -1;
	}
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int why = errno;
	free(copy);
	errno = why;
	return fd;
}

static bool lock(int fd)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return false;
}

/* 0: a daemon listens there; else why not. */
static int probe(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	int why = connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? errno : 0;
	close(fd);
	return why == EAGAIN ? 0 : why; /* its queue is full: alive */
}

static bool remove_stale(const struct sockaddr_un *a, err *e)
{
	struct stat st;

	if (lstat(a->sun_path, &st) < 0)
		return errno == ENOENT || err_sys(e, errno, "%s", a->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_USAGE,
			       "%s exists and is not a socket: choose another path (--control)",
			       a->sun_path);
	int why = probe(a);
	if (!why)
		return err_set(e, ERR_USAGE,
			       "another instance answers on %s: stop it, or choose another path "
			       "(--control)",
			       a->sun_path);
	if (why != ECONNREFUSED)
		return err_sys(e, why, "%s", a->sun_path);
	return unlink(a->sun_path) == 0 ||
	       err_sys(e, errno, "%s is left over and can't be removed", a->sun_path);
}

/* The umask makes the file 0600 from its first moment. */
static bool bind_private(int fd, const struct sockaddr_un *a)
{
	mode_t old = umask(0177);
	int r = bind(fd, (const struct sockaddr *)a, sizeof(*a));
	int why = errno;

	umask(old);
	errno = why;
	return r == 0 && listen(fd, BACKLOG) == 0;
}

static int bind_locked(const struct sockaddr_un *a, err *e)
{
	if (!remove_stale(a, e))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind_private(fd, a))
		return fd;
	err_sys(e, errno, "%s", a->sun_path);
	if (fd >= 0)
		close(fd);
	return -1;
}

int control_bind(const char *path, bool *has_made_dir, err *e)
{
	struct sockaddr_un a;
	int fd = -1;

	if (!control_address(path, &a, e))
		return -1;
	int dir = open_directory(path, has_made_dir);
	if (dir < 0) {
		err_sys(e, errno, "directory of the control socket %s", path);
		return -1;
	}
	if (lock(dir))
		fd = bind_locked(&a, e);
	else
		err_sys(e, errno, "locking the directory of the control socket %s", path);
	close(dir);
	return fd;
}
