/* SPDX-License-Identifier: MIT */
/* sockets.c - what paths send by: one UDP socket each, bound to the uplink's address and device, so that the
 * tunnel's own packets never enter the tunnel, whatever the routes say; or a carrier (carriers.c). */
#include "shell.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECV_BURST = 16 };

void sockets_deliver(shell_sock *k, const dgram_in *d)
{
	shell *s = k->owner;
	if (k->dead)
		return;
	if (!join_room(&s->in)) {
		join_finish(&s->in);
		tun_write(s->tun, &s->in);
		join_clear(&s->in);
	}
	client_core_datagram(s->core, shell_now(), d);
	if (!dgramq_room(&s->tx))
		sockets_flush(s);
}

static void each_datagram(void *ctx, const dgram_in *d)
{
	sockets_deliver(ctx, d);
}

/* What was received is written before the next batch takes its buffers. */
static void on_socket(void *ctx)
{
	shell_sock *k = ctx;
	shell *s = k->owner;
	bool more = true;
	for (int i = 0; i < RECV_BURST && more && !k->dead; i++) {
		int r = udp_recv(k->udp, s->rx, k->name, each_datagram, k, &more);
		if (s->in.n) {
			join_finish(&s->in);
			tun_write(s->tun, &s->in);
			join_clear(&s->in);
		}
		if (r < 0 && r != -EAGAIN && r != -EINTR) {
			client_core_send_failed(s->core, shell_now(), k->name, -r);
			break;
		}
	}
	shell_settle(s);
}

shell_sock *sockets_take(shell *s)
{
	for (unsigned i = 0; i < SHELL_SOCKS; i++)
		if (!s->socks[i].name) {
			s->socks[i] = (shell_sock){ .owner = s, .name = ++s->last_sock };
			return &s->socks[i];
		}
	return NULL;
}

const shell_sock *sockets_find(const shell *s, uint32_t name)
{
	for (unsigned i = 0; name && i < SHELL_SOCKS; i++)
		if (s->socks[i].name == name && !s->socks[i].dead)
			return &s->socks[i];
	return NULL;
}

static void release(shell_sock *k)
{
	carrier_close(k->carrier);
	if (k->watch)
		io_watch_free(k->watch);
	if (k->udp)
		udp_close(k->udp);
	*k = (shell_sock){ 0 };
}

static int sysctl_number(const char *link)
{
	char path[128], *text;
	size_t n;
	snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/rp_filter", link);
	if (!file_read(path, 16, &text, &n, NULL))
		return 0;
	int v = atoi(text);
	free(text);
	return v;
}

/* RFC 3704 2.2, strict: what home sends comes in by the uplink, while the route back to home leads
 * into the tunnel. The higher of the two settings counts. */
static void warn_of_strict_filter(const shell *s, const uplink *u)
{
	if (s->profile->routes.mode == ROUTES_HOME || u->local.addr.len != 4)
		return;
	int all = sysctl_number("all"), own = sysctl_number(u->name);
	if ((all > own ? all : own) == 1)
		log_warn(&s->log,
			 "uplink %s: net.ipv4.conf.%s.rp_filter = 1 drops what home sends when all "
			 "routes lead into the tunnel: set it to 2 (loose)",
			 u->name, u->name);
}

bool sockets_open(void *ctx, const uplink *u, uint32_t *sock)
{
	shell *s = ctx;
	shell_sock *k = sockets_take(s);
	udp_options o = { .local = { .addr = u->local.addr }, .device = u->name };
	err e = { 0 };
	if (!k)
		return false;
	if (ip_is_link_local6(&u->local.addr))
		o.local.scope = u->ifindex;
	k->udp = udp_open(&o, &e);
	k->watch = k->udp ? io_watch_new(s->loop, udp_fd(k->udp), on_socket, k, &e) : NULL;
	if (k->watch) {
		warn_of_strict_filter(s, u);
		*sock = k->name;
		return true;
	}
	log_warn(&s->log, "uplink %s: %s", u->name, e.text);
	if (k->udp)
		udp_close(k->udp);
	*k = (shell_sock){ 0 };
	return false;
}

/* The core may say so while this very socket is being read: closed when all is settled. */
void sockets_close(void *ctx, uint32_t sock)
{
	shell_sock *k = (shell_sock *)sockets_find(ctx, sock);
	if (!k)
		return;
	k->dead = true;
	if (k->watch)
		io_watch_pause(k->watch, true);
}

static void send_queued(shell *s)
{
	int failed[SHELL_SOCKS] = { 0 };
	for (unsigned i = 0; i < SHELL_SOCKS; i++)
		if (s->socks[i].udp)
			udp_send(s->socks[i].udp, s->socks[i].name, &s->tx, &failed[i]);
		else if (s->socks[i].carrier && !s->socks[i].dead)
			carriers_send(&s->socks[i], &s->tx);
	dgramq_clear(&s->tx);
	for (unsigned i = 0; i < SHELL_SOCKS; i++)
		if (failed[i] && !s->socks[i].dead)
			client_core_send_failed(s->core, shell_now(), s->socks[i].name, failed[i]);
}

void sockets_flush(shell *s)
{
	enum { ROUNDS = 4 }; /* an error may make the core send elsewhere at once */
	for (int i = 0; i < ROUNDS && s->tx.n_runs; i++)
		send_queued(s);
}

static void reap(shell *s, bool all)
{
	for (unsigned i = 0; i < SHELL_SOCKS; i++)
		if (s->socks[i].name && (all || s->socks[i].dead))
			release(&s->socks[i]);
}

void sockets_reap(shell *s)
{
	reap(s, false);
}

void sockets_free(shell *s)
{
	reap(s, true);
}
