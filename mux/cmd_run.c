/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-mux run: opens everything in order, serves, drains, takes everything down. */
#include "mux.h"
#include "options.h"

#include "io/daemon/daemon.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { DRAIN_MS = 4000, DRAIN_LOOK_MS = 20, SWEEP_MS = 60000, DESCRIPTORS = 262144 };

/* --- the end --- */

static void on_drained(void *ctx)
{
	mux *m = ctx;

	if (!io_orphans(m->loop) || mux_now() >= m->drain_end_ms)
		io_loop_stop(m->loop);
	else
		due_in(m, &m->drained, DRAIN_LOOK_MS);
}

/* Everybody is told, and what waits is sent; then it ends. */
static void on_stop(void *ctx)
{
	mux *m = ctx;

	if (m->drain_end_ms)
		return;
	log_info(&m->log, "ending: %u connections", m->counts.open_connections);
	daemon_notify("STOPPING=1");
	m->drain_end_ms = mux_now() + DRAIN_MS;
	listeners_close(m);
	sessions_close(m);
	conns_close(m, true);
	fcgis_close(m);
	due_in(m, &m->drained, 0);
}

/* --- SIGHUP --- */

static bool same_listens(const mux_file *a, const mux_file *b)
{
	if (a->n_listens != b->n_listens)
		return false;
	for (unsigned i = 0; i < a->n_listens; i++)
		if (a->listens[i].kind != b->listens[i].kind ||
		    !endpoint_equal(&a->listens[i].at, &b->listens[i].at))
			return false;
	return true;
}

static bool serves_https(const mux *m)
{
	for (unsigned i = 0; i < m->n_listeners; i++)
		if (m->listeners[i].kind == LISTEN_HTTPS)
			return true;
	return false;
}

/* A file that says nothing of https any more leaves those that listen for it what they had: without, they
 * would speak in the clear, and ask nobody for a certificate. */
static void take_tls(mux *m, tls_ctx *tls)
{
	if (!tls && serves_https(m))
		return;
	tls_ctx_free(m->tls);
	m->tls = tls;
}

/* Connections that are there keep the certificate they have seen, tunnels the target they go to. */
static void take_over(mux *m, mux_file *next, tls_ctx *tls)
{
	bool restart = !same_listens(m->conf, next) ||
		       memcmp(&m->conf->limits, &next->limits, sizeof next->limits) != 0;

	take_tls(m, tls);
	mux_file_free(m->conf);
	m->conf = next;
	m->log.level = next->log;
	log_info(&m->log, "%s: certificates, targets, proxies and log level taken%s", next->file,
		 restart ? "; listen and limits need a restart" : "");
}

static void on_hup(void *ctx)
{
	mux *m = ctx;
	err e = { 0 };
	mux_file *next = mux_file_load(m->conf->file, &e);
	tls_ctx *tls = next ? mux_load_tls(next, &m->log, &e) : NULL;

	if (next && e.kind == ERR_NONE) {
		take_over(m, next, tls);
		return;
	}
	log_error(&m->log, "not reloaded: %s", e.text);
	mux_file_free(next);
}

/* --- the beginning --- */

static bool open_signals(mux *m, err *e)
{
	m->on_term = io_signal_new(m->loop, SIGTERM, on_stop, m, e);
	m->on_int = m->on_term ? io_signal_new(m->loop, SIGINT, on_stop, m, e) : NULL;
	m->on_hup = m->on_int ? io_signal_new(m->loop, SIGHUP, on_hup, m, e) : NULL;
	return m->on_hup != NULL;
}

static void on_sweep(void *ctx)
{
	mux *m = ctx;

	mux_guard_expire(m->guard, mux_now());
	due_in(m, &m->sweep, SWEEP_MS);
}

static bool open_tables(mux *m, err *e)
{
	uint64_t seeds[2];

	if (getrandom(seeds, sizeof seeds, 0) != sizeof seeds)
		return err_set(e, ERR_SYSTEM, "no random numbers");
	m->guard = mux_guard_new(&m->conf->limits, seeds[0]);
	m->sessions = map_new(seeds[1]);
	m->rx = udp_rx_new(e);
	if (!m->guard || !m->sessions || !m->rx || !dgramq_init(&m->out))
		return err_set(e, ERR_LIMIT, "no memory");
	m->trouble = (rate_limit){ .per_s = 2, .burst = 20 };
	m->sweep = (due){ .fire = on_sweep, .ctx = m };
	m->drained = (due){ .fire = on_drained, .ctx = m };
	due_in(m, &m->sweep, SWEEP_MS);
	return true;
}

/* Each tunnel is two descriptors. More than the limit allows takes a power that is given up later, or the
 * service manager's help. */
static void raise_descriptors(const mux *m)
{
	const struct rlimit wish = { DESCRIPTORS, DESCRIPTORS };
	struct rlimit r;

	if (setrlimit(RLIMIT_NOFILE, &wish) == 0 || getrlimit(RLIMIT_NOFILE, &r) < 0 ||
	    r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		log_warn(&m->log, "the limit of open files stays low");
}

static bool open_tls(mux *m, err *e)
{
	m->tls = mux_load_tls(m->conf, &m->log, e);
	return e->kind == ERR_NONE;
}

/* What is open needs no power any more. */
static bool open_all(mux *m, const options *o, err *e)
{
	raise_descriptors(m);
	m->loop = io_loop_new(e);
	return m->loop && due_open(m, e) && open_tls(m, e) && open_tables(m, e) &&
	       mux_control_open(m, o->control, e) && listeners_open(m, e) && open_signals(m, e) &&
	       daemon_drop_all_privileges(e);
}

static void close_all(mux *m)
{
	if (m->control)
		control_close(m->control);
	if (m->timer) {
		listeners_close(m);
		sessions_close(m);
		conns_close(m, false);
		fcgis_close(m);
		due_close(m);
	}
	io_signal_free(m->on_term);
	io_signal_free(m->on_int);
	io_signal_free(m->on_hup);
	io_loop_free(m->loop);
	tls_ctx_free(m->tls);
	mux_guard_free(m->guard);
	map_free(m->sessions);
	udp_rx_free(m->rx);
	dgramq_free(&m->out);
}

static void serve(mux *m)
{
	log_info(&m->log, "serving %u targets on %u addresses", m->conf->n_targets,
		 m->conf->n_listens);
	daemon_notify("READY=1");
	io_loop_run(m->loop);
	log_info(&m->log, "ended");
}

static bool run(mux *m, const options *o, err *e)
{
	m->conf = mux_file_load(o->config, e);
	if (!m->conf)
		return false;
	m->log = log_to_stderr(m->conf->log);
	umask(077);
	bool ok = open_all(m, o, e);
	if (ok)
		serve(m);
	close_all(m);
	mux_file_free(m->conf);
	return ok;
}

bool cmd_run(const options *o, err *e)
{
	mux *m = calloc(1, sizeof *m);
	bool ok = m ? run(m, o, e) : err_set(e, ERR_LIMIT, "no memory");

	free(m);
	return ok;
}
