/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-relay run: opens everything in order, serves, takes everything down. */
#include "options.h"
#include "relay.h"

#include "io/daemon/daemon.h"
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static void on_stop(void *ctx)
{
	relay *r = ctx;

	io_loop_stop(r->loop);
}

/* Clients' entries hang on everything but the log level: for the rest there is a restart. */
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
	log_info(&r->log, "log level taken from %s; all else needs a restart", r->conf->file);
	relay_file_free(next);
}

static bool open_core(relay *r, err *e)
{
	if (!dgramq_init(&r->out) || !dgramq_init(&r->in))
		return err_set(e, ERR_LIMIT, "no memory");
	r->core = relay_core_new(&r->conf->core, &r->log, &r->out, &r->in, e);
	return r->core != NULL;
}

static bool open_signals(relay *r, err *e)
{
	r->on_term = io_signal_new(r->loop, SIGTERM, on_stop, r, e);
	r->on_int = r->on_term ? io_signal_new(r->loop, SIGINT, on_stop, r, e) : NULL;
	r->on_hup = r->on_int ? io_signal_new(r->loop, SIGHUP, on_hup, r, e) : NULL;
	return r->on_hup != NULL;
}

/* What is open needs no power any more. */
static bool open_all(relay *r, const options *o, err *e)
{
	r->loop = io_loop_new(e);
	return r->loop && relay_control_open(r, o->control, e) && relay_net_open(r, e) &&
	       open_core(r, e) && open_signals(r, e) && relay_data_open(r, e) &&
	       relay_adverts_open(r, e) && daemon_drop_all_privileges(e);
}

static void close_all(relay *r)
{
	if (r->control)
		control_close(r->control);
	relay_adverts_close(r);
	relay_core_free(r->core);
	relay_data_close(r);
	io_signal_free(r->on_term);
	io_signal_free(r->on_int);
	io_signal_free(r->on_hup);
	dgramq_free(&r->out);
	dgramq_free(&r->in);
	io_loop_free(r->loop);
}

static void serve(relay *r)
{
	char a[ADDR_STRLEN], h[ADDR_STRLEN];

	log_info(&r->log, "relay %s of %s: IP-in-IP between %s and home's %s", r->conf->core.name,
		 r->conf->realm, ip_format(&r->conf->core.address, a),
		 ip_format(&r->conf->core.home, h));
	daemon_notify("READY=1");
	relay_arm(r);
	io_loop_run(r->loop);
	log_info(&r->log, "ending");
	daemon_notify("STOPPING=1");
}

bool cmd_run(const options *o, err *e)
{
	relay r = { .conf = relay_file_load(o->config, e) };

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
