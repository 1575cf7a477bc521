/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-server run: composes the daemon of modules that own their state, serves, takes everything down.
 * Each uses only those below it:
 *
 *	requests                  what other commands ask
 *	reload, client_changes    the configuration and the registry, read again, without waiting for the disk
 *	clients                   the registry into the core
 *	lookups                   what the configuration's names stand for
 *	durable, attract          what the core asks for: state on disk, addresses on the home link
 *	datapath                  packets between TUN, core and sockets
 *	sockets, network          what it is reached by; the tunnel device, the home link, routes
 *	settings                  the configuration in force
 *
 * What they receive goes into the core. Before the loop waits, settle() sends what that queued, and sets the timer. */
#include "commands.h"
#include "lookups.h"
#include "requests.h"
#include "store/account.h"

#include "io/daemon/daemon.h"
#include "io/daemon/privileges.h"
#include "io/net/now.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct server {
	settings settings;
	daemon_user user;
	daemon_memory memory;
	io_loop *loop;
	io_timer *timer;
	io_signal *on_term, *on_int, *on_hup;
	home_core *core;

	sockets sockets;
	network network;
	datapath data;
	durable durable;
	attractor attractor;
	clients clients;
	lookups lookups;
	reload reload;
	requests requests;
	bool is_reloading, must_reload_again, is_stopping;
} server;

/* --- the core's environment --- */

static void attract(void *ctx, const ip_addr *address, bool away)
{
	server *s = ctx;

	attract_packets(&s->attractor, address, away);
}

static void request(void *ctx, uint64_t number, const home_request *r)
{
	server *s = ctx;

	durable_request(&s->durable, number, r);
}

static void remember(void *ctx, const uint8_t client[CLIENT_ID_LEN], const home_client_state *state)
{
	server *s = ctx;

	durable_remember(&s->durable, client, state);
}

static void complete(void *ctx, uint64_t number, bool ok)
{
	server *s = ctx;

	home_core_complete(s->core, io_now(), number,
			   &(home_answer){ .kind = HOME_WAIT_DURABLE, .ok = ok });
	datapath_make_room(&s->data);
}

/* --- the loop --- */

static void settle(void *ctx)
{
	server *s = ctx;

	datapath_flush(&s->data);
	durable_flush(&s->durable);
	io_timer_at(s->timer, home_core_next_timer_ms(s->core));
}

static void on_timer(void *ctx)
{
	server *s = ctx;

	home_core_tick(s->core, io_now());
}

static void on_stop(void *ctx)
{
	server *s = ctx;

	io_loop_stop(s->loop);
}

static void handle_reloaded(void *ctx, bool ok);

static void start_reload(server *s)
{
	s->is_reloading = true;
	s->must_reload_again = false;
	daemon_notify("RELOADING=1");
	reload_configuration(&s->reload, handle_reloaded, s);
}

static void handle_reloaded(void *ctx, bool ok)
{
	server *s = ctx;

	(void)ok; /* it is in the log */
	s->is_reloading = false;
	if (s->is_stopping)
		return;
	daemon_notify("READY=1");
	if (s->must_reload_again)
		start_reload(s);
}

/* Signals that come while one is served are served together, by one more turn. */
static void on_hup(void *ctx)
{
	server *s = ctx;

	s->must_reload_again = true;
	if (!s->is_reloading)
		start_reload(s);
}

/* --- beginning and end --- */

static bool open_loop(server *s, err *e)
{
	s->loop = io_loop_new(e);
	s->timer = s->loop ? io_timer_new(s->loop, on_timer, s, e) : NULL;
	s->on_term = s->timer ? io_signal_new(s->loop, SIGTERM, on_stop, s, e) : NULL;
	s->on_int = s->on_term ? io_signal_new(s->loop, SIGINT, on_stop, s, e) : NULL;
	s->on_hup = s->on_int ? io_signal_new(s->loop, SIGHUP, on_hup, s, e) : NULL;
	return s->on_hup != NULL;
}

static bool open_system(server *s, err *e)
{
	const server_conf *c = s->settings.conf;

	if (!sockets_open(&s->sockets, c, &s->settings.log, e) || !network_open(&s->network, c, e))
		return false;
	settings_fill_home(&s->settings, s->network.lan_ifindex);
	attract_init(&s->attractor, &s->settings, &s->network);
	return true;
}

static bool open_core(server *s, err *e)
{
	const home_env env = {
		.ctx = s, .attract = attract, .request = request, .remember = remember
	};

	if (!datapath_init(&s->data, &s->settings, &s->sockets, s->network.tun, e))
		return false;
	s->core = home_core_new(&s->settings.home, &env, &s->settings.log, &s->data.tx, &s->data.in,
				e);
	return s->core && datapath_start(&s->data, s->loop, s->core, e);
}

/* An `add` that finds no control socket assumes that no daemon runs. So the registry is read and the socket opened
 * under the lock that `add` takes, too. */
static bool open_clients(server *s, const char *control_path, err *e)
{
	int lock = account_lock(s->settings.conf->state, e);

	if (lock < 0)
		return false;
	s->clients = (clients){ .settings = &s->settings,
				.attractor = &s->attractor,
				.durable = &s->durable,
				.core = s->core };
	s->reload = (reload){ .settings = &s->settings,
			      .sockets = &s->sockets,
			      .data = &s->data,
			      .core = s->core,
			      .clients = &s->clients,
			      .lookups = &s->lookups };
	s->requests = (requests){ .settings = &s->settings,
				  .data = &s->data,
				  .core = s->core,
				  .clients = &s->clients,
				  .reload = &s->reload };
	bool ok = clients_open(&s->clients, e) &&
		  requests_open(&s->requests, s->loop, control_path, e);
	close(lock);
	return ok;
}

/* The state belongs to the user from now on. CAP_NET_ADMIN: routes, neighbours, the device; CAP_NET_RAW: gratuitous ARP, and
 * a raw socket when the first relay is added. */
static bool drop_privileges(server *s, err *e)
{
	const server_conf *c = s->settings.conf;
	const char *const files[] = { c->file };
	char registry[PATH_MAX];

	snprintf(registry, sizeof registry, "%s/clients", c->state);
	if (!daemon_user_own(&s->user, registry, NULL, e) ||
	    !daemon_user_own(&s->user, c->state, NULL, e))
		return false;
	control_own(s->requests.control, &s->user);
	if (!daemon_drop_privileges(&s->user, DAEMON_KEEP_NET_ADMIN | DAEMON_KEEP_NET_RAW,
				    &s->memory, &s->settings.log, e))
		return false;
	daemon_warn_unreadable(&s->user, files, 1, &s->settings.log);
	return access(registry, R_OK | W_OK | X_OK) == 0 ||
	       err_sys(e, errno, "%s, as user %u", registry, (unsigned)geteuid());
}

static bool open_all(server *s, const options *o, err *e)
{
	if (!open_loop(s, e) || !daemon_need_net_admin(e) ||
	    !daemon_user_find(&s->user, s->settings.conf->user, e) ||
	    !durable_open(&s->durable, &s->settings, &state_disk_of_system, e) ||
	    !open_system(s, e) || !open_core(s, e) || !open_clients(s, o->control, e) ||
	    !lookups_open(&s->lookups, s->loop, &s->settings, e) || !drop_privileges(s, e) ||
	    !durable_start(&s->durable, s->loop, complete, s, e))
		return false;
	io_loop_before_wait(s->loop, settle, s);
	return true;
}

/* The core goes first of all but the control socket: it lets go of addresses through the rest. */
static void close_all(server *s)
{
	s->is_stopping = true;
	requests_close(&s->requests);
	lookups_close(&s->lookups);
	home_core_free(s->core);
	datapath_free(&s->data);
	sockets_close(&s->sockets);
	network_close(&s->network);
	durable_close(&s->durable);
	io_signal_free(s->on_term);
	io_signal_free(s->on_int);
	io_signal_free(s->on_hup);
	io_timer_free(s->timer);
	io_loop_free(s->loop);
}

static void announce_ready(const server *s)
{
	const server_conf *c = s->settings.conf;
	const logger *log = &s->settings.log;
	char n4[ENDPOINT_STRLEN] = "", n6[ENDPOINT_STRLEN] = "";

	if (c->network4.addr.len)
		prefix_format(&c->network4, n4);
	if (c->network6.addr.len)
		prefix_format(&c->network6, n6);
	log_info(log, "serving %s: home network %s%s%s, tunnel device %s%s%s", c->realm, n4,
		 *n4 && *n6 ? " and " : "", n6, tun_name(s->network.tun),
		 c->lan ? ", home link " : "", c->lan ? c->lan : "");
	if (c->metrics.addr.len)
		log_warn(log, "%s: metrics are not served by this version", c->file);
	daemon_notify("READY=1");
}

/* The lock of a daemon's life. `add` looks at it for an instant; hence some patience. */
static int lock_state(const server_conf *c, err *e)
{
	char path[PATH_MAX];
	const struct timespec step = { .tv_nsec = 20 * 1000000L };
	int fd = -1;

	if (!registry_prepare(c->state, e))
		return -1;
	snprintf(path, sizeof path, "%s/daemon.lock", c->state);
	for (int i = 0; fd < 0 && i < 10; i++) {
		fd = daemon_lock(path, e);
		if (fd < 0)
			nanosleep(&step, NULL);
	}
	if (fd < 0)
		err_set(e, ERR_USAGE, "another homeward-server runs on the state in %s", c->state);
	return fd;
}

static bool serve(server *s, const options *o, err *e)
{
	bool ok = open_all(s, o, e);

	if (ok) {
		announce_ready(s);
		lookups_start(&s->lookups);
		io_loop_run(s->loop);
		log_info(&s->settings.log, "stopping");
		daemon_notify("STOPPING=1");
	}
	close_all(s);
	return ok;
}

bool cmd_run(const options *o, err *e)
{
	server s = { 0 };

	daemon_protect_memory(&s.memory);
	server_conf *c = cmd_load_conf(o, e);

	if (!c)
		return false;
	settings_init(&s.settings, c);
	umask(077);
	int lock = lock_state(c, e);
	/* Not closed: if a write is still under way, the lock is held until the kernel has ended it. */
	bool ok = lock >= 0 && serve(&s, o, e);
	settings_free(&s.settings);
	return ok;
}
