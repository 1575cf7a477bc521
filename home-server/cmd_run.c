/* SPDX-License-Identifier: MIT */
/* cmd_run.c - homeward-server run: opens everything in order, serves, takes everything down. */
#include "store/account.h"
#include "commands.h"
#include "server.h"

#include "io/daemon/daemon.h"
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void on_stop(void *ctx)
{
	server *s = ctx;

	io_loop_stop(s->loop);
}

static void on_hup(void *ctx)
{
	server *s = ctx;

	daemon_notify("RELOADING=1");
	server_reload(s);
	daemon_notify("READY=1");
}

static bool open_core(server *s, err *e)
{
	const home_env env = server_env(s);

	s->tun_buf = malloc(TUN_READ_MAX);
	s->rx = udp_rx_new(e);
	if (!s->rx)
		return false;
	if (!s->tun_buf || !dgramq_init(&s->tx) || !join_init(&s->in, tun_takes_udp(s->tun)))
		return err_set(e, ERR_LIMIT, "no memory");
	s->core = home_core_new(&s->home, &env, &s->log, &s->tx, &s->in, e);
	return s->core != NULL;
}

static bool open_signals(server *s, err *e)
{
	s->on_term = io_signal_new(s->loop, SIGTERM, on_stop, s, e);
	s->on_int = s->on_term ? io_signal_new(s->loop, SIGINT, on_stop, s, e) : NULL;
	s->on_hup = s->on_int ? io_signal_new(s->loop, SIGHUP, on_hup, s, e) : NULL;
	return s->on_hup != NULL;
}

/* An `add` that finds no control socket believes that nobody runs: so the registry is read and the
 * socket opened under the lock that it takes, too. */
static bool open_clients(server *s, const char *control_path, err *e)
{
	int lock = account_lock(s->conf->state, e);

	if (lock < 0)
		return false;
	bool ok = server_clients_clean(s, e) && server_clients_load(s, e) &&
		  server_control_open(s, control_path, e);
	close(lock);
	return ok;
}

static bool open_all(server *s, const options *o, err *e)
{
	s->loop = io_loop_new(e);
	if (!s->loop || !daemon_need_net_admin(e) || !server_durable_open(s, e) ||
	    !server_net_open(s, e))
		return false;
	server_fill_home(s);
	return open_core(s, e) && open_signals(s, e) && open_clients(s, o->control, e) &&
	       server_data_open(s, e) && daemon_drop_privileges(e) && server_durable_start(s, e);
}

/* The core goes first of all but the sockets: it lets go of addresses through the rest. */
static void close_all(server *s)
{
	if (s->control)
		control_close(s->control);
	home_core_free(s->core);
	server_data_close(s);
	io_signal_free(s->on_term);
	io_signal_free(s->on_int);
	io_signal_free(s->on_hup);
	server_net_close(s);
	dgramq_free(&s->tx);
	join_free(&s->in);
	udp_rx_free(s->rx);
	free(s->tun_buf);
	server_durable_close(s);
	io_loop_free(s->loop);
}

static void announce_ready(server *s)
{
	char n4[ENDPOINT_STRLEN] = "", n6[ENDPOINT_STRLEN] = "";

	if (s->conf->network4.addr.len)
		prefix_format(&s->conf->network4, n4);
	if (s->conf->network6.addr.len)
		prefix_format(&s->conf->network6, n6);
	log_info(&s->log, "serving %s: home network %s%s%s, tunnel device %s%s%s", s->conf->realm,
		 n4, *n4 && *n6 ? " and " : "", n6, tun_name(s->tun),
		 s->conf->lan ? ", home link " : "", s->conf->lan ? s->conf->lan : "");
	if (s->conf->metrics.addr.len)
		log_warn(&s->log, "%s: metrics are not served by this version", s->conf->file);
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
		server_arm(s);
		io_loop_run(s->loop);
		log_info(&s->log, "stopping");
		daemon_notify("STOPPING=1");
	}
	close_all(s);
	return ok;
}

bool cmd_run(const options *o, err *e)
{
	server s = { .conf = cmd_load_conf(o, e) };

	if (!s.conf)
		return false;
	s.log = log_to_stderr(s.conf->log);
	umask(077);
	int lock = lock_state(s.conf, e);
	bool ok = lock >= 0 && serve(&s, o, e);
	if (lock >= 0)
		close(lock);
	server_conf_free(s.conf);
	return ok;
}
