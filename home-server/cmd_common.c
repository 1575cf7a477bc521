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

enum { TELL_TIMEOUT_MS = 10000 };

int cmd_failed(const err *e)
{
	fprintf(stderr, "homeward-server: %s\n", e->text);
	return e->kind == ERR_USAGE && !e->text[0] ? EXIT_WRONG_USAGE : EXIT_FAILED;
}

server_conf *cmd_conf(const options *o)
{
	err e = { 0 };
	server_conf *c = server_conf_load(o->config, &e);

	if (!c)
		cmd_failed(&e);
	return c;
}

/* A running daemon holds this lock as long as it lives. */
static bool daemon_runs(const server_conf *c)
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

told cmd_tell(const options *o, const server_conf *c, const char *verb, const char *name, err *e)
{
	json_t *reply = control_call(o->control, verb, json_pack("{s:s}", "name", name),
				     TELL_TIMEOUT_MS, e);

	if (reply) {
		json_decref(reply);
		return TOLD;
	}
	if (e->kind == ERR_SYSTEM && !daemon_runs(c))
		return TOLD_NOBODY;
	if (e->kind == ERR_SYSTEM)
		err_set(e, ERR_USAGE,
			"a daemon runs on %s but not on control socket %s: name its own "
			"with --control",
			c->state, o->control);
	return TOLD_REFUSED;
}
