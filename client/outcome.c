/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include "io/daemon/daemon.h"
#include "io/net/now.h"
#include "state_file.h"

#include <stdio.h>

enum { TEXT = 512 };

void outcome_report(outcome *o, bool ok, const char *text)
{
	if (o->report >= 0)
		daemon_report(o->report, ok, text);
	o->report = -1;
}

static void describe(const outcome *o, client_state st, const char *reason, char out[TEXT])
{
	client_status now;
	char a4[ADDR_STRLEN], a6[ADDR_STRLEN];

	if (st != CLIENT_REGISTERED && st != CLIENT_HOME) {
		snprintf(out, TEXT, "%s%s%s", client_state_name(st), *reason ? ": " : "", reason);
		return;
	}
	client_core_status(o->core, io_now(), &now);
	snprintf(out, TEXT, "%s as %s, %s%s%s", st == CLIENT_HOME ? "at home" : "registered",
		 o->identity, now.home4.len ? ip_format(&now.home4, a4) : "",
		 now.home4.len && now.home6.len ? " and " : "",
		 now.home6.len ? ip_format(&now.home6, a6) : "");
}

void outcome_state(outcome *o, client_state st, const char *reason)
{
	bool reached = st == CLIENT_REGISTERED || st == CLIENT_HOME;
	char text[TEXT], notify[TEXT + 16];

	describe(o, st, reason, text);
	log_line(o->log,
		 st == CLIENT_DENIED ? LOG_ERROR
		 : *reason           ? LOG_WARN
				     : LOG_INFO,
		 "%s", text);
	snprintf(notify, sizeof notify, "STATUS=%s", text);
	daemon_notify(notify);
	resolver_home_reached(o->resolver, reached);
	if (reached && o->tunnel->changed)
		tunnel_apply(o->tunnel); /* who waits may use it the moment it is reported */
	if (reached || st == CLIENT_DENIED)
		outcome_report(o, reached, text);
	o->stopped |= st == CLIENT_STOPPED;
}

void outcome_save(outcome *o, const client_saved *saved)
{
	err e = { 0 };
	bool ok = state_file_save(o->state_path, saved, &e);

	if (!ok && !o->unsaved)
		log_warn(o->log, "%s: after a restart this client can be recognised by observers",
			 e.text);
	o->unsaved = !ok;
}
