/* SPDX-License-Identifier: MIT */
/* shell_env.c - what the core asks for. Called from inside the core: settings of the system are
 * noted here and made in shell_settle(), after the packets are out. */
#include "shell.h"
#include "io/daemon/daemon.h"
#include "state_file.h"

#include <stdio.h>

static void on_tunnel(void *ctx, const client_tunnel *t)
{
	shell *s = ctx;
	s->wanted = *t;
	s->tunnel_changed = true;
}

static void on_save(void *ctx, const client_saved *saved)
{
	shell *s = ctx;
	err e = { 0 };
	bool ok = state_save(s->state_path, saved, &e);
	if (!ok && !s->unsaved_told)
		log_warn(&s->log,
			 "%s: after a restart this client can be recognised by whoever watches",
			 e.text);
	s->unsaved_told = !ok;
}

void shell_report(shell *s, bool ok, const char *text)
{
	if (s->report >= 0)
		daemon_report(s->report, ok, text);
	s->report = -1;
}

static void describe(const shell *s, client_state st, char out[512])
{
	client_status now;
	char a4[ADDR_STRLEN], a6[ADDR_STRLEN];
	client_core_status(s->core, shell_now(), &now);
	snprintf(out, 512, "%s as %s, %s%s%s", st == CLIENT_HOME ? "at home" : "registered",
		 s->profile->identity, now.home4.len ? ip_format(&now.home4, a4) : "",
		 now.home4.len && now.home6.len ? " and " : "",
		 now.home6.len ? ip_format(&now.home6, a6) : "");
}

static void on_state(void *ctx, client_state st, const char *reason)
{
	shell *s = ctx;
	char text[512], notify[560];
	if (st == CLIENT_REGISTERED || st == CLIENT_HOME)
		describe(s, st, text);
	else
		snprintf(text, sizeof text, "%s%s%s", client_state_name(st), *reason ? ": " : "",
			 reason);
	log_line(&s->log, st == CLIENT_DENIED ? LOG_ERROR : LOG_INFO, "%s", text);
	snprintf(notify, sizeof notify, "STATUS=%s", text);
	daemon_notify(notify);
	resolver_home_reached(s->resolver, st == CLIENT_REGISTERED || st == CLIENT_HOME);
	if (st == CLIENT_REGISTERED || st == CLIENT_HOME) {
		if (s->tunnel_changed) /* whoever waits for us may use it the moment we say so */
			tunnel_apply(s);
		shell_report(s, true, text);
	} else if (st == CLIENT_DENIED) {
		shell_report(s, false, text);
	}
	s->stopped |= st == CLIENT_STOPPED;
}

client_env shell_env(shell *s)
{
	return (client_env){
		.ctx = s,
		.path_open = sockets_open,
		.path_close = sockets_close,
		.carrier_open = carriers_open,
		.tunnel = on_tunnel,
		.save = on_save,
		.solicit = agents_solicit,
		.state = on_state,
	};
}
