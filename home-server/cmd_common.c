/* SPDX-License-Identifier: MIT */
/* cmd_common.c - what several commands share. */
#include "commands.h"

#include "io/daemon/control.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { ANSWER_MS = 10000 };

server_conf *cmd_load_conf(const options *o, err *e)
{
	char path[PATH_MAX];

	return server_conf_load(options_config(o, path), e);
}

/* A running daemon holds this lock as long as it lives. */
static bool is_daemon_running(const server_conf *c)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/daemon.lock", c->state);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

notified cmd_notify(const options *o, const server_conf *c, const char *verb, const char *name,
		    err *e)
{
	json_t *reply =
		control_call(o->control, verb, json_pack("{s:s}", "name", name), ANSWER_MS, e);

	if (reply) {
		json_decref(reply);
		return NOTIFIED;
	}
	if (e->kind == ERR_SYSTEM && !is_daemon_running(c))
		return NOTIFIED_NOBODY;
	if (e->kind == ERR_SYSTEM)
		err_set(e, ERR_USAGE,
			"a daemon runs on %s but not on control socket %s: name its own "
			"with --control",
			c->state, o->control);
	return NOTIFIED_REFUSED;
}
