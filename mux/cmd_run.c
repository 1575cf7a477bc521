/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-mux run: opens everything in order, serves, drains, closes everything. */
#include "capacity.h"
#include "listener.h"
#include "options.h"
#include "requests.h"
#include "target_socket.h"
#include "tls_conf.h"
#include "web_link.h"

#include "io/daemon/daemon.h"
#include "io/daemon/privileges.h"
#include "io/net/now.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { DRAIN_MS = 4000, DRAIN_POLL_MS = 20, DESCRIPTORS = 262144 };

typedef struct service {
	mux_file *file;       /* the configuration in force */
	mux_room_limits room; /* unless it has others */
	daemon_user user;
	daemon_memory memory;
	logger log;
	io_loop *loop;
	driver driver;
	tls_ctx *tls;
	listeners listeners;
	requests requests;
	io_signal *on_term, *on_int, *on_hup;
	io_timer *drain;
	uint64_t drain_end_ms;
	bool is_draining;
} service;

/* --- the end --- */

static void on_drain(void *ctx)
{
	service *s = ctx;
	uint64_t now = io_now().ms;

	if (!io_orphans(s->loop) || now >= s->drain_end_ms)
		io_loop_stop(s->loop);
	else
		io_timer_at(s->drain, now + DRAIN_POLL_MS);
}

/* Clients are notified and what was written to them is sent; then it ends. */
static void on_stop(void *ctx)
{
	service *s = ctx;
	core_time now = io_now();

	if (s->is_draining)
		return;
	log_info(&s->log, "stopping: %u connections",
		 mux_core_counts(s->driver.core).open_connections);
	daemon_notify("STOPPING=1");
	s->is_draining = true;
	s->drain_end_ms = now.ms + DRAIN_MS;
	listeners_close(&s->listeners);
	mux_core_drain(s->driver.core, now);
	io_timer_at(s->drain, now.ms);
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

/* A file without https leaves the listeners of https what they had: with nothing they would serve in the clear,
 * and ask for no certificate. */
static void take_tls(service *s, tls_ctx *tls)
{
	if (!tls && listeners_have(&s->listeners, LISTEN_HTTPS))
		return;
	tls_ctx_free(s->tls);
	s->tls = tls;
	listeners_set_tls(&s->listeners, tls);
}

/* Connections that are there keep the certificate they have seen, tunnels the target they go to. */
static void take_over(service *s, mux_file *next, tls_ctx *tls)
{
	const mux_guard_limits *limits = &next->core.limits;
	const mux_room_limits *room = &next->core.room;
	bool restart = !same_listens(s->file, next) ||
		       memcmp(&s->file->core.limits, limits, sizeof *limits) != 0 ||
		       memcmp(&s->file->core.room, room, sizeof *room) != 0;

	take_tls(s, tls);
	mux_core_configure(s->driver.core, &next->core, next->log);
	mux_file_free(s->file);
	s->file = next;
	s->log.level = next->log;
	log_info(&s->log, "%s: certificates, targets, proxies and log level reloaded%s", next->file,
		 restart ? "; listen and limits need a restart" : "");
}

static void on_hup(void *ctx)
{
	service *s = ctx;
	err e = { 0 };
	mux_file *next = mux_file_load(s->file->file, &s->room, &e);
	tls_ctx *tls = next ? tls_conf_load(next, &s->log, &e) : NULL;

	if (next && e.kind == ERR_NONE) {
		take_over(s, next, tls);
		return;
	}
	log_error(&s->log, "not reloaded: %s", e.text);
	mux_file_free(next);
}

/* --- the beginning --- */

static bool open_signals(service *s, err *e)
{
	s->on_term = io_signal_new(s->loop, SIGTERM, on_stop, s, e);
	s->on_int = s->on_term ? io_signal_new(s->loop, SIGINT, on_stop, s, e) : NULL;
	s->on_hup = s->on_int ? io_signal_new(s->loop, SIGHUP, on_hup, s, e) : NULL;
	s->drain = s->on_hup ? io_timer_new(s->loop, on_drain, s, e) : NULL;
	return s->drain != NULL;
}

/* Each tunnel is two descriptors. Raising the hard limit needs a capability that is dropped later, or the service
 * manager. */
static void raise_descriptors(const service *s)
{
	const struct rlimit wish = { DESCRIPTORS, DESCRIPTORS };
	struct rlimit r;

	if (setrlimit(RLIMIT_NOFILE, &wish) == 0 || getrlimit(RLIMIT_NOFILE, &r) < 0 ||
	    r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		log_warn(&s->log, "the limit on open files can't be raised");
}

static bool open_core(service *s, err *e)
{
	mux_env env = { 0 };

	web_link_env(&env);
	target_socket_env(&env);
	return driver_open(&s->driver, s->loop, &env, &s->file->core, &s->log, e);
}

static bool open_tls(service *s, err *e)
{
	s->tls = tls_conf_load(s->file, &s->log, e);
	return e->kind == ERR_NONE;
}

static bool open_requests(service *s, const char *path, err *e)
{
	s->requests = (requests){ .driver = &s->driver,
				  .file = &s->file,
				  .is_draining = &s->is_draining };
	return requests_open(&s->requests, s->loop, path, e);
}

/* What is open needs no privileges any more. */
static bool drop_privileges(service *s, err *e)
{
	const mux_file *c = s->file;
	const char *const files[] = { c->file, c->certificate, c->key, c->client_ca };

	control_own(s->requests.control, &s->user);
	if (!daemon_drop_privileges(&s->user, 0, &s->memory, &s->log, e))
		return false;
	daemon_warn_unreadable(&s->user, files, sizeof files / sizeof files[0], &s->log);
	return true;
}

static bool open_all(service *s, const options *o, err *e)
{
	s->loop = io_loop_new(e);
	return s->loop && daemon_user_find(&s->user, s->file->user, e) && open_tls(s, e) &&
	       open_core(s, e) && open_requests(s, o->control, e) &&
	       listeners_open(&s->listeners, &s->driver, s->file, s->tls, &s->log, e) &&
	       open_signals(s, e) && drop_privileges(s, e);
}

static void close_all(service *s)
{
	requests_close(&s->requests);
	listeners_close(&s->listeners);
	driver_close(&s->driver);
	io_timer_free(s->drain);
	io_signal_free(s->on_term);
	io_signal_free(s->on_int);
	io_signal_free(s->on_hup);
	io_loop_free(s->loop);
	tls_ctx_free(s->tls);
}

static void serve(const service *s)
{
	log_info(&s->log, "serving %u targets on %u addresses", s->file->core.n_targets,
		 s->file->n_listens);
	daemon_notify("READY=1");
	io_loop_run(s->loop);
	log_info(&s->log, "stopped");
}

static bool run(service *s, const options *o, err *e)
{
	daemon_protect_memory(&s->memory);
	s->log = log_to_stderr(LOG_INFO);
	raise_descriptors(s);
	s->room = capacity_of_system();
	s->file = mux_file_load(o->config, &s->room, e);
	if (!s->file)
		return false;
	s->log.level = s->file->log;
	umask(077);
	bool ok = open_all(s, o, e);
	if (ok)
		serve(s);
	close_all(s);
	mux_file_free(s->file);
	return ok;
}

bool cmd_run(const options *o, err *e)
{
	service *s = calloc(1, sizeof *s);
	bool ok = s ? run(s, o, e) : err_set(e, ERR_LIMIT, "no memory");

	free(s);
	return ok;
}
