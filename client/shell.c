/* SPDX-License-Identifier: MIT */
#include "shell.h"
#include "base/clock.h"
#include "io/daemon/daemon.h"
#include "names.h"
#include "state_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { TUN_BURST = 32 };

core_time shell_now(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

static void write_tun(shell *s)
{
	if (s->in.n == 0)
		return;
	join_finish(&s->in);
	tun_write(s->tun, &s->in);
	join_clear(&s->in);
}

static void pause_tun(shell *s, bool paused)
{
	if (s->tun_paused != paused)
		io_watch_pause(s->tun_watch, paused);
	s->tun_paused = paused;
}

static void set_timer(shell *s)
{
	uint64_t due = client_core_due_ms(s->core);
	if (s->tun_paused) /* the core takes packets again by itself after a second */
		due = due < clock_mono_ms() + 100 ? due : clock_mono_ms() + 100;
	if (due != s->timer_due_ms)
		io_timer_at(s->timer, due);
	s->timer_due_ms = due;
}

void shell_settle(shell *s)
{
	write_tun(s);
	sockets_flush(s);
	sockets_reap(s);
	if (s->tunnel_changed)
		tunnel_apply(s);
	if (s->stopped) {
		io_loop_stop(s->loop);
		return;
	}
	pause_tun(s, !client_core_wants_packets(s->core, shell_now()));
	set_timer(s);
}

static void on_tun(void *ctx)
{
	shell *s = ctx;
	for (int i = 0; i < TUN_BURST; i++) {
		core_time now = shell_now();
		if (!client_core_wants_packets(s->core, now))
			break;
		ssize_t n = tun_read(s->tun, s->tun_buf);
		if (n <= 0)
			break;
		client_core_packet(s->core, now, s->tun_buf, (size_t)n);
		if (!dgramq_room(&s->tx))
			sockets_flush(s);
		if (!join_room(&s->in))
			write_tun(s);
	}
	shell_settle(s);
}

static void on_timer(void *ctx)
{
	shell *s = ctx;
	s->timer_due_ms = UINT64_MAX;
	client_core_tick(s->core, shell_now());
	shell_settle(s);
}

static void look_at_uplinks(shell *s)
{
	uplink list[UPLINK_MAX];
	err e = { 0 };
	size_t n = netcfg_uplinks(s->net, tun_ifindex(s->tun), list, &e);
	if (n == 0 && e.kind != ERR_NONE) {
		log_warn(&s->log, "%s", e.text);
		return;
	}
	resolver_uplinks(s->resolver, list, n);
	client_core_uplinks(s->core, shell_now(), list, n);
	shell_settle(s);
}

static void on_network(void *ctx)
{
	shell *s = ctx;
	if (!netmon_drain(s->mon, tun_ifindex(s->tun)))
		return;
	look_at_uplinks(s);
	resolver_ask(s->resolver);
}

static void tell_names(shell *s, const resolution *r)
{
	if (r->n_homes == 0 && s->profile->n_homes)
		log_warn(&s->log, "the home server's name (%s) can't be looked up: trying again",
			 s->profile->homes[0].host);
	if (r->n_relays < s->profile->n_relays)
		log_warn(&s->log, "%u of the profile's %u relays can't be looked up: trying again",
			 s->profile->n_relays - r->n_relays, s->profile->n_relays);
	if (!r->complete && !s->names_old && r->n_homes)
		log_info(&s->log, "names can't be looked up: going on with what was known");
	s->names_old = !r->complete;
}

static void on_resolved(void *ctx, const resolution *r)
{
	shell *s = ctx;
	if (r->asked)
		tell_names(s, r);
	carriers_resolved(s, r);
	client_core_homes(s->core, shell_now(), r->homes, r->n_homes);
	if (r->n_relays)
		client_core_relays(s->core, shell_now(), r->relays, r->n_relays);
	shell_settle(s);
}

static void on_end(void *ctx)
{
	shell *s = ctx;
	log_info(&s->log, "stopping");
	daemon_notify("STOPPING=1");
	client_core_stop(s->core, shell_now());
	shell_settle(s);
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
	log_info(&s->log, "looking at all paths again");
	client_core_roam(s->core, shell_now());
	look_at_uplinks(s);
}

static bool open_signals(shell *s, err *e)
{
	static const struct {
		int signo;
		io_call *call;
	} table[] = { { SIGTERM, on_end }, { SIGINT, on_end }, { SIGHUP, on_hup } };
	for (unsigned i = 0; i < 3; i++) {
		s->sigs[i] = io_signal_new(s->loop, table[i].signo, table[i].call, s, e);
		if (!s->sigs[i])
			return false;
	}
	return true;
}

static bool open_memory(shell *s, err *e)
{
	s->tun_buf = malloc(TUN_READ_MAX);
	if (!s->tun_buf || !dgramq_init(&s->tx) || !join_init(&s->in, tun_takes_udp(s->tun)))
		return err_sys(e, ENOMEM, "packet buffers");
	s->rx = udp_rx_new(e);
	return s->rx != NULL;
}

static bool open_core(shell *s, err *e)
{
	client_saved saved = state_load(s->state_path);
	profile_core_conf(s->profile, &s->conf);
	s->env = shell_env(s);
	s->core = client_core_new(&s->conf, &saved, &s->env, &s->log, &s->tx, &s->in, e);
	return s->core != NULL;
}

static bool open_network(shell *s, err *e)
{
	return (s->tun = tun_open(s->profile->interface, e)) && (s->net = netcfg_open(e)) &&
	       (s->mon = netmon_open(e)) && (s->announcer = announcer_open(e));
}

static bool open_resolver(shell *s, err *e)
{
	char names[sizeof s->state_path];
	names_path(names, sizeof names, s->state_path);
	s->resolver = resolver_new(s->loop, s->profile, &s->proxies, names, on_resolved, s, e);
	return s->resolver != NULL;
}

static bool open_loop(shell *s, const char *control_path, err *e)
{
	return (s->timer = io_timer_new(s->loop, on_timer, s, e)) &&
	       (s->mtu_timer = io_timer_new(s->loop, tunnel_mtu_due, s, e)) &&
	       (s->tun_watch = io_watch_new(s->loop, tun_fd(s->tun), on_tun, s, e)) &&
	       (s->mon_watch = io_watch_new(s->loop, netmon_fd(s->mon), on_network, s, e)) &&
	       open_resolver(s, e) && open_signals(s, e) &&
	       (s->control = control_open(s->loop, control_path, shell_control, s, e));
}

static bool open_all(shell *s, const char *control_path, err *e)
{
	bool ok = (s->loop = io_loop_new(e)) && carriers_init(s, e) && open_network(s, e) &&
		  open_memory(s, e) && open_core(s, e) && open_loop(s, control_path, e);
	if (ok)
		agents_open(s);
	return ok && daemon_drop_privileges(e);
}

/* Everything that was set is put back before the last word goes to whoever waits in `down`. */
static void close_all(shell *s)
{
	client_core_free(s->core);
	sockets_free(s);
	carriers_free(s);
	if (s->net && s->tun)
		tunnel_put_back(s);
	agents_close(s);
	io_watch_free(s->tun_watch);
	io_watch_free(s->mon_watch);
	announcer_close(s->announcer);
	netmon_close(s->mon);
	netcfg_close(s->net);
	tun_close(s->tun);
	shell_answer_waiters(s);
	control_close(s->control);
	resolver_free(s->resolver);
	for (unsigned i = 0; i < 3; i++)
		io_signal_free(s->sigs[i]);
	io_timer_free(s->timer);
	io_timer_free(s->mtu_timer);
	io_loop_free(s->loop);
	udp_rx_free(s->rx);
	join_free(&s->in);
	dgramq_free(&s->tx);
	free(s->tun_buf);
}

static void begin(shell *s)
{
	daemon_notify("READY=1");
	resolver_tell_known(s->resolver);
	look_at_uplinks(s);
	resolver_ask(s->resolver);
	io_loop_run(s->loop);
}

bool shell_run(const profile *p, const options *o, const char *path, logger log, int report, err *e)
{
	shell *s = calloc(1, sizeof *s);
	if (!s)
		return err_sys(e, ENOMEM, "client");
	s->profile = p;
	s->options = o;
	s->log = log;
	s->report = report;
	s->timer_due_ms = UINT64_MAX;
	snprintf(s->state_path, sizeof s->state_path, "%s", path);
	bool ok = open_all(s, o->control, e);
	if (ok)
		begin(s);
	close_all(s);
	if (!ok)
		shell_report(s, false, e->text);
	explicit_bzero(&s->conf, sizeof s->conf);
	free(s);
	return ok;
}
