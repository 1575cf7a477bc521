/* SPDX-License-Identifier: MIT */
/* shell.c - composes the client of modules that own their state. Each uses only those below it:
 *
 *	outcome, requests, network      what goes out to people, what commands and the system bring in
 *	carriers, udp_sockets           the two kinds of sockets, each handing datagrams to
 *	datapath                        packets between TUN, core and sockets
 *	sockets, tunnel, agents         sockets by name, settings of the system, agents on the link
 *	home_link                       what the system shows of the link at home
 *
 * What they receive goes into the core. Before the loop waits, settle() sends what that queued, makes the
 * settings it asked for, and sets the timer. */
#include "shell.h"
#include "agents.h"
#include "home_link.h"
#include "io/daemon/daemon.h"
#include "io/daemon/privileges.h"
#include "io/net/now.h"
#include "names.h"
#include "network.h"
#include "outcome.h"
#include "profile_core.h"
#include "requests.h"
#include "rp_filter.h"
#include "state_file.h"
#include "udp_sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { N_SIGNALS = 3 };

typedef struct shell {
	const profile *profile;
	const options *options;
	const char *state_path;
	logger log;
	daemon_user user;
	daemon_memory memory;
	io_loop *loop;
	io_timer *timer;
	io_signal *signals[N_SIGNALS];

	client_conf conf;
	client_env env;
	client_core *core;

	sockets sockets;
	tunnel tunnel;
	agents agents;
	home_link home_link;
	datapath data;
	udp_sockets udp;
	carriers carriers;
	network network;
	requests requests;
	outcome outcome;
} shell;

/* --- the core's environment --- */

static void warn_of_strict_filter(const shell *s, const uplink *u)
{
	if (s->profile->routes.mode != ROUTES_HOME && u->local.addr.len == 4 &&
	    rp_filter_is_strict(u->name))
		log_warn(&s->log,
			 "uplink %s: net.ipv4.conf.%s.rp_filter = 1 drops what home sends when all "
			 "routes lead into the tunnel: set it to 2 (loose)",
			 u->name, u->name);
}

static bool open_path(void *ctx, const uplink *u, uint32_t *sock)
{
	shell *s = ctx;
	err e = { 0 };

	*sock = udp_sockets_open(&s->udp, u, &e);
	if (*sock)
		warn_of_strict_filter(s, u);
	else
		log_warn(&s->log, "uplink %s: %s", u->name, e.text);
	return *sock != 0;
}

static bool open_carrier(void *ctx, const uplink *u, unsigned mux, uint32_t *sock)
{
	shell *s = ctx;

	*sock = carriers_open(&s->carriers, u, mux);
	return *sock != 0;
}

static void close_path(void *ctx, uint32_t sock)
{
	shell *s = ctx;

	sockets_let_go(&s->sockets, sock);
}

static void want_tunnel(void *ctx, const client_tunnel *t)
{
	shell *s = ctx;

	tunnel_want(&s->tunnel, t);
}

static void save(void *ctx, const client_saved *saved)
{
	shell *s = ctx;

	outcome_save(&s->outcome, saved);
}

static void solicit(void *ctx, const uplink *u)
{
	shell *s = ctx;

	agents_solicit(&s->agents, u);
}

static void follow_home_link(void *ctx, const uplink *u, const ip_addr *home_lan)
{
	shell *s = ctx;

	home_link_follow(&s->home_link, u, home_lan);
}

static bool report_next_packet(void *ctx, uint32_t ifindex)
{
	shell *s = ctx;

	return home_link_next_packet(&s->home_link, ifindex);
}

static void announce_state(void *ctx, client_state st, const char *reason)
{
	shell *s = ctx;

	outcome_state(&s->outcome, st, reason);
}

/* --- the loop --- */

static void set_timer(shell *s, core_time now)
{
	enum { PAUSED_MS = 100 }; /* the core takes packets again by itself after a second */
	uint64_t next = client_core_next_timer_ms(s->core);

	if (s->data.paused && next > now.ms + PAUSED_MS)
		next = now.ms + PAUSED_MS;
	io_timer_at(s->timer, next);
}

static void settle(void *ctx)
{
	shell *s = ctx;
	core_time now = io_now();

	datapath_flush(&s->data);
	sockets_reap(&s->sockets);
	if (s->tunnel.changed)
		tunnel_apply(&s->tunnel);
	datapath_pause_tun(&s->data, now);
	set_timer(s, now);
	if (s->outcome.stopped)
		io_loop_stop(s->loop);
}

static void on_timer(void *ctx)
{
	shell *s = ctx;

	client_core_tick(s->core, io_now());
}

static void on_end(void *ctx)
{
	shell *s = ctx;

	log_info(&s->log, "stopping");
	daemon_notify("STOPPING=1");
	client_core_stop(s->core, io_now());
}

/* Of a profile that changed only the log level is taken; for the rest there is down and up. */
static void reread_log_level(shell *s)
{
	profile p;
	err e = { 0 };

	if (!profile_load(options_profile(s->options), &p, &e)) {
		log_warn(&s->log, "%s", e.text);
		return;
	}
	s->log.level = p.log;
	profile_free(&p);
}

static void on_hup(void *ctx)
{
	shell *s = ctx;

	reread_log_level(s);
	log_info(&s->log, "probing all paths again");
	client_core_roam(s->core, io_now());
	network_examine_uplinks(&s->network);
}

/* --- beginning and end --- */

static bool open_core(shell *s, err *e)
{
	client_saved saved = state_file_load(s->state_path);

	profile_core_conf(s->profile, &s->conf);
	s->env = (client_env){
		.ctx = s,
		.path_open = open_path,
		.path_close = close_path,
		.carrier_open = open_carrier,
		.tunnel = want_tunnel,
		.save = save,
		.solicit = solicit,
		.home_link = follow_home_link,
		.next_packet = report_next_packet,
		.state = announce_state,
	};
	s->core = client_core_new(&s->conf, &saved, &s->env, &s->log, &s->data.tx, &s->data.in, e);
	return s->core != NULL;
}

static bool open_signals(shell *s, err *e)
{
	static const struct {
		int signo;
		io_call *call;
	} table[N_SIGNALS] = { { SIGTERM, on_end }, { SIGINT, on_end }, { SIGHUP, on_hup } };

	for (unsigned i = 0; i < N_SIGNALS; i++) {
		s->signals[i] = io_signal_new(s->loop, table[i].signo, table[i].call, s, e);
		if (!s->signals[i])
			return false;
	}
	return true;
}

static bool open_loop(shell *s, err *e)
{
	s->loop = io_loop_new(e);
	if (!s->loop)
		return false;
	io_loop_before_wait(s->loop, settle, s);
	s->timer = io_timer_new(s->loop, on_timer, s, e);
	return s->timer && open_signals(s, e);
}

static bool open_network(shell *s, err *e)
{
	char names[512];

	s->network = (network){ .profile = s->profile,
				.log = &s->log,
				.core = s->core,
				.carriers = &s->carriers,
				.tunnel = &s->tunnel };
	names_path(names, sizeof names, s->state_path);
	return network_open(&s->network, s->loop, names, e);
}

static void open_agents(shell *s)
{
	err e = { 0 };

	if (s->profile->trust_relay && !agents_open(&s->agents, s->loop, s->core, &e))
		log_debug(&s->log, "%s: no agent advertisements are heard", e.text);
}

static bool open_outside(shell *s, err *e)
{
	s->requests = (requests){ .core = s->core,
				  .carriers = &s->carriers,
				  .routing = &s->tunnel.routing,
				  .identity = s->profile->identity };
	s->outcome.core = s->core;
	s->outcome.resolver = s->network.resolver;
	return requests_open(&s->requests, s->loop, s->options->control, e);
}

/* CAP_NET_ADMIN: addresses, routes, the device, sockets that are bound to links; CAP_NET_RAW: solicitations of agents, and
 * gratuitous ARP on the home link. */
static bool drop_privileges(shell *s, err *e)
{
	const char *const files[] = { options_profile(s->options) };
	err why = { 0 };

	if (!state_file_own(s->state_path, &s->user, &why))
		log_warn(&s->log, "%s", why.text);
	control_own(s->requests.control, &s->user);
	if (!daemon_drop_privileges(&s->user, DAEMON_KEEP_NET_ADMIN | DAEMON_KEEP_NET_RAW,
				    &s->memory, &s->log, e))
		return false;
	daemon_warn_unreadable(&s->user, files, 1, &s->log);
	return true;
}

static bool open_all(shell *s, err *e)
{
	if (!daemon_user_find(&s->user, s->profile->user, e) || !open_loop(s, e) ||
	    !carriers_init(&s->carriers, s->loop, s->profile, &s->log, e) ||
	    !tunnel_open(&s->tunnel, s->loop, s->profile, &s->log, e) ||
	    !home_link_open(&s->home_link, s->loop, &s->log, e) ||
	    !datapath_init(&s->data, s->tunnel.device, &s->sockets, e) || !open_core(s, e) ||
	    !datapath_start(&s->data, s->loop, s->core, e) ||
	    !udp_sockets_init(&s->udp, s->loop, &s->sockets, &s->data, e))
		return false;
	home_link_start(&s->home_link, s->core);
	carriers_start(&s->carriers, &s->sockets, &s->data);
	if (!open_network(s, e) || !open_outside(s, e))
		return false;
	open_agents(s);
	return drop_privileges(s, e);
}

/* Everything that was set is put back before those who wait in `down` are answered. */
static void close_all(shell *s, bool failed)
{
	client_core_free(s->core);
	sockets_close_all(&s->sockets);
	carriers_free(&s->carriers);
	datapath_free(&s->data);
	network_close(&s->network);
	tunnel_close(&s->tunnel, failed);
	agents_close(&s->agents);
	home_link_close(&s->home_link);
	udp_sockets_free(&s->udp);
	requests_close(&s->requests);
	for (unsigned i = 0; i < N_SIGNALS; i++)
		io_signal_free(s->signals[i]);
	io_timer_free(s->timer);
	io_loop_free(s->loop);
}

bool shell_run(const profile *p, const options *o, const char *state_path, logger log, int report,
	       err *e)
{
	shell *s = calloc(1, sizeof *s);

	if (!s)
		return err_sys(e, ENOMEM, "client");
	s->profile = p;
	s->options = o;
	s->state_path = state_path;
	s->log = log;
	s->outcome = (outcome){ .identity = p->identity,
				.state_path = state_path,
				.log = &s->log,
				.tunnel = &s->tunnel,
				.report = report };
	daemon_protect_memory(&s->memory);
	bool ok = open_all(s, e);
	if (ok) {
		daemon_notify("READY=1");
		network_start(&s->network);
		io_loop_run(s->loop);
	}
	close_all(s, !ok);
	if (!ok)
		outcome_report(&s->outcome, false, e->text);
	explicit_bzero(&s->conf, sizeof s->conf);
	free(s);
	return ok;
}
