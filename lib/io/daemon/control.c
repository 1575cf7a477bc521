/* SPDX-License-Identifier: MIT */
#include "io/daemon/control_priv.h"
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A caller that can't be accepted stays in the queue and would keep the loop busy. Callers are few, so the
 * daemon has run out of descriptors by other means: it waits a little. */
static void out_of_descriptors(void)
{
	usleep(1000);
}

static bool caller_allowed(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void welcome(control *c, int fd)
{
	if (!caller_allowed(fd))
		control_peer_refuse(
			fd, "{\"error\":\"only root and the daemon's own user may ask\"}\n");
	else if (c->n_peers >= CONTROL_CALLERS)
		control_peer_refuse(fd, "{\"error\":\"too many callers at once: try again\"}\n");
	else
		control_peer_new(c, fd);
}

static void on_caller(void *ctx)
{
	control *c = ctx;
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		welcome(c, fd);
	else if (errno == EMFILE || errno == ENFILE)
		out_of_descriptors();
}

control *control_open(io_loop *l, const char *path, const control_command *commands, void *ctx,
		      err *e)
{
	control *c = calloc(1, sizeof(*c));

	if (!c || !(c->path = strdup(path))) {
		err_sys(e, ENOMEM, "control socket");
		free(c);
		return NULL;
	}
	c->loop = l;
	c->commands = commands;
	c->ctx = ctx;
	c->fd = control_bind(path, &c->has_made_dir, e);
	if (c->fd >= 0) {
		lstat(path, &c->file);
		c->watch = io_watch_new(l, c->fd, on_caller, c, e);
	}
	if (c->watch)
		return c;
	control_close(c);
	return NULL;
}

/* Somebody may have put another socket there meanwhile. */
static bool is_ours(const control *c)
{
	struct stat now;

	return lstat(c->path, &now) == 0 && now.st_dev == c->file.st_dev &&
	       now.st_ino == c->file.st_ino;
}

void control_own(const control *c, const daemon_user *u)
{
	char *dir = u->changes ? strdup(c->path) : NULL;

	if (!dir)
		return;
	/* Where that fails, a socket that nobody listens on is left behind, and taken over by the next start. */
	bool ok = is_ours(c) && lchown(c->path, u->uid, u->gid) == 0 && c->has_made_dir &&
		  lchown(dirname(dir), u->uid, u->gid) == 0;
	(void)ok;
	free(dir);
}

void control_close(control *c)
{
	if (!c)
		return;
	while (c->peers)
		control_peer_free(c->peers);
	io_watch_free(c->watch);
	if (c->fd >= 0) {
		if (is_ours(c))
			unlink(c->path);
		close(c->fd);
	}
	free(c->path);
	free(c);
}
