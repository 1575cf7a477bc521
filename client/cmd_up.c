/* SPDX-License-Identifier: MIT */
/* cmd_up.c - `homeward up`: everything that can be found wrong is found before anything is
 * changed. */
#include "cmds.h"
#include "shell.h"
#include "io/daemon/daemon.h"
#include "state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool not_running(const options *o, err *e)
{
	err ignored = { 0 };
	json_t *status = control_call(o->control, "status", NULL, CALL_TIMEOUT_MS, &ignored);
	if (!status)
		return true;
	const char *who = json_string_value(json_object_get(status, "identity"));
	err_set(e, ERR_USAGE, "already up as %.100s; homeward down first", who ? who : "somebody");
	json_decref(status);
	return false;
}

static bool prepare(const char *file, const options *o, profile *p, char state[512], err *e)
{
	if (!profile_load(file, p, e))
		return false;
	const char *dir = o->state ? o->state : p->state ? p->state : STATE_DIR;
	if (profile_reachable(file, p, e) && not_running(o, e) && daemon_need_net_admin(e) &&
	    state_path(state, 512, dir, p->identity, e))
		return true;
	profile_free(p);
	return false;
}

static int wait_for_word(int fd, const options *o)
{
	char text[400];
	bool ok;
	if (!daemon_wait_report(fd, o->timeout_s * 1000, text, sizeof text, &ok)) {
		fprintf(stderr,
			"homeward: no answer from home within %u s; going on in the background "
			"(homeward status, homeward down)\n",
			o->timeout_s);
		return 1;
	}
	fprintf(ok ? stdout : stderr, ok ? "%s\n" : "homeward: %s\n", text);
	return !ok;
}

static int in_background(const profile *p, const options *o, const char *state)
{
	err e = { 0 };
	int report = -1;
	int fd = daemon_background(&report, &e);
	if (fd < 0)
		return command_failed(&e);
	if (fd > 0)
		return wait_for_word(fd, o);
	logger log = log_to_syslog(p->log, "homeward");
	return shell_run(p, o, state, log, report);
}

int cmd_up(const options *o)
{
	profile p;
	char state[512];
	err e = { 0 };
	if (!prepare(o->operand ? o->operand : o->conf, o, &p, state, &e))
		return command_failed(&e);
	int status;
	if (o->foreground) {
		logger log = log_to_stderr(p.log);
		status = shell_run(&p, o, state, log, -1);
	} else {
		status = in_background(&p, o, state);
	}
	profile_free(&p);
	return status;
}
