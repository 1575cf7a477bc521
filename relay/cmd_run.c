/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-relay run: opens everything in order, serves, takes everything down. Before the loop waits,
 * settle() sends what is queued and sets the core's timer. */
#include "adverts.h"
#include "datapath.h"
#include "options.h"
#include "requests.h"

#include "io/daemon/daemon.h"
#include "io/daemon/privileges.h"
#include "io/net/now.h"
#include <signal.h>
#include <sys/stat.h>

typedef struct relay {
	relay_file *conf;
	daemon_user user;
	daemon_memory memory;
	logger log;
	io_loop *loop;
	io_timer *timer;
	io_signal *on_term, *on_int, *on_hup;
	relay_core *core;
	datapath data;
	adverts adverts;
	requests requests;
} relay;

static void settle(void *ctx)
{
	relay *r = ctx;

	datapath_flush(&r->data);
	io_timer_at(r->timer, relay_core_next_timer_ms(r->core));
}

static void on_timer(void *ctx)
{
	relay *r = ctx;

	relay_core_tick(r->core, io_now());
}

static void on_stop(void *ctx)
{
	relay *r = ctx;

	io_loop_stop(r->loop);
}

/* Clients' entries depend on all but these two: a change of anything else needs a restart. */
static void on_hup(void *ctx)
{
	relay *r = ctx;
	err e = { 0 };
	relay_file *next = relay_file_load(r->conf->file, &e);

	if (!next) {
		log_error(&r->log, "not reloaded: %s", e.text);
		return;
	}
	r->log.level = next->log;
	r->conf->core.answers_strangers = next->core.answers_strangers;
	log_info(&r->log, "log and silent reloaded from %s; everything else needs a restart",
		 r->conf->file);
	relay_file_free(next);
}

static bool open_signals(relay *r, err *e)
{
	r->on_term = io_signal_new(r->loop, SIGTERM, on_stop, r, e);
	r->on_int = r->on_term ? io_signal_new(r->loop, SIGINT, on_stop, r, e) : NULL;
	r->on_hup = r->on_int ? io_signal_new(r->loop, SIGHUP, on_hup, r, e) : NULL;
	return r->on_hup != NULL;
}

static bool open_loop(relay *r, err *e)
{
	r->loop = io_loop_new(e);
	r->timer = r->loop ? io_timer_new(r->loop, on_timer, r, e) : NULL;
	return r->timer && open_signals(r, e);
}

/* Sockets that are open need no capability any more. */
static bool drop_privileges(relay *r, err *e)
{
	const char *const files[] = { r->conf->file };

	control_own(r->requests.control, &r->user);
	if (!daemon_drop_privileges(&r->user, 0, &r->memory, &r->log, e))
		return false;
	daemon_warn_unreadable(&r->user, files, 1, &r->log);
	return true;
}

static bool open_all(relay *r, const options *o, err *e)
{
	if (!daemon_user_find(&r->user, r->conf->user, e) || !open_loop(r, e))
		return false;
	r->requests = (requests){ .conf = r->conf, .data = &r->data };
	if (!requests_open(&r->requests, r->loop, o->control, e) ||
	    !datapath_init(&r->data, r->conf, &r->log, e))
		return false;
	r->core = relay_core_new(&r->conf->core, &r->log, &r->data.out, &r->data.in, e);
	if (!r->core || !datapath_start(&r->data, r->loop, r->core, e) ||
	    !adverts_open(&r->adverts, r->loop, r->conf, e))
		return false;
	io_loop_before_wait(r->loop, settle, r);
	return drop_privileges(r, e);
}

static void close_all(relay *r)
{
	requests_close(&r->requests);
	adverts_close(&r->adverts);
	relay_core_free(r->core);
	datapath_free(&r->data);
	io_signal_free(r->on_term);
	io_signal_free(r->on_int);
	io_signal_free(r->on_hup);
	io_timer_free(r->timer);
	io_loop_free(r->loop);
}

static void serve(relay *r)
{
	char a[ADDR_STRLEN], h[ADDR_STRLEN];

	log_info(&r->log, "relay %s of %s: IP-in-IP between %s and home's %s", r->conf->core.name,
		 r->conf->realm, ip_format(&r->conf->core.address, a),
		 ip_format(&r->conf->core.home, h));
	daemon_notify("READY=1");
	io_loop_run(r->loop);
	log_info(&r->log, "stopping");
	daemon_notify("STOPPING=1");
}

bool cmd_run(const options *o, err *e)
{
	relay r = { 0 };

	daemon_protect_memory(&r.memory);
	r.conf = relay_file_load(o->config, e);
	if (!r.conf)
		return false;
	r.log = log_to_stderr(r.conf->log);
	umask(077);
	bool ok = open_all(&r, o, e);
	if (ok)
		serve(&r);
	close_all(&r);
	relay_file_free(r.conf);
	return ok;
}
