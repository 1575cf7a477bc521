/* SPDX-License-Identifier: MIT */
/* cmd_up.c - `homeward up`: whatever can be found wrong is found before anything is changed. */
#include "options.h"
#include "profile_paths.h"
#include "shell.h"
#include "io/daemon/control.h"
#include "io/daemon/daemon.h"
#include "io/daemon/privileges.h"
#include "state_file.h"

#include <stdio.h>
#include <unistd.h>

enum { STATE_PATH = 512 };

static bool check_not_running(const options *o, err *e)
{
	enum { ANSWER_MS = 5000 };
	json_t *status = control_call(o->control, "status", NULL, ANSWER_MS, NULL);

	if (!status)
		return true;
	const char *who = json_string_value(json_object_get(status, "identity"));
	err_set(e, ERR_USAGE, "already up as %.100s; homeward down first", who ? who : "somebody");
	json_decref(status);
	return false;
}

static bool prepare(const options *o, profile *p, char state[STATE_PATH], err *e)
{
	const char *file = options_profile(o);
	daemon_memory memory;

	daemon_protect_memory(&memory); /* the daemon does so again, and logs it if it can't */
	if (!profile_load(file, p, e))
		return false;
	const char *dir = o->state ? o->state : p->state ? p->state : STATE_DIR;
	if (profile_reachable(file, p, e) && check_not_running(o, e) && daemon_need_net_admin(e) &&
	    state_file_path(state, STATE_PATH, dir, p->identity, e))
		return true;
	profile_free(p);
	return false;
}

/* For the daemon's first report. */
static bool wait_for_report(int fd, const options *o, err *e)
{
	char text[400];
	bool ok;

	if (!daemon_wait_report(fd, o->timeout_s * 1000, text, sizeof text, &ok))
		return err_set(
			e, ERR_PEER,
			"no answer from home within %u s: it is not reachable, or does not know "
			"this key; going on in the background (homeward status, homeward down)",
			o->timeout_s);
	if (!ok)
		return err_set(e, ERR_PEER, "%s", text);
	puts(text);
	return true;
}

static bool run_in_background(const profile *p, const options *o, const char *state, err *e)
{
	int report = -1, fd = daemon_background(&report, e);

	if (fd < 0)
		return false;
	if (fd > 0)
		return wait_for_report(fd, o, e);
	logger log = log_to_syslog(p->log, "homeward");
	return shell_run(p, o, state, log, report, e);
}

bool cmd_up(const options *o, err *e)
{
	profile p;
	char state[STATE_PATH];

	if (!prepare(o, &p, state, e))
		return false;
	bool ok = o->foreground ? shell_run(&p, o, state, log_to_stderr(p.log), -1, e)
				: run_in_background(&p, o, state, e);
	profile_free(&p);
	return ok;
}
