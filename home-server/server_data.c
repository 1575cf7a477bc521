/* SPDX-License-Identifier: MIT */
/* server_data.c - packets in bursts: what the sockets or the TUN have goes into the core, what the core
 * queued goes out at the end of the burst, or earlier when a queue is full. */
#include "server.h"

#include "base/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TUN_BURST = 64, RECV_BURST = 8 };

core_time server_now(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

static void flush_tx(server *s)
{
	if (s->tx.n_runs == 0)
		return;
	for (unsigned i = 0; i < s->n_socks; i++) {
		int last_errno = 0;
		s->dropped += udp_send(s->socks[i].udp, i, &s->tx, &last_errno);
		if (last_errno && rate_take(&s->trouble, clock_mono_ms()))
			log_warn(&s->log, "sending: %s", strerror(last_errno));
	}
	if (s->ipip) {
		int why = 0;
		s->dropped += ipip_send(s->ipip, DGRAM_RELAY, UINT32_MAX, &s->tx, &why);
		if (why && why != EMSGSIZE && rate_take(&s->trouble, clock_mono_ms()))
			log_warn(&s->log, "sending to relays: %s", strerror(why));
	}
	dgramq_clear(&s->tx);
}

static void flush_in(server *s)
{
	if (s->in.n == 0)
		return;
	join_finish(&s->in);
	s->dropped += tun_write(s->tun, &s->in);
	join_clear(&s->in);
}

void server_flush(server *s)
{
	flush_in(s);
	flush_tx(s);
	writer_flush(s->writer);
}

void server_arm(server *s)
{
	uint64_t next = home_core_next_timer_ms(s->core);

	if (next != s->timer_ms)
		io_timer_at(s->timer, s->timer_ms = next);
}

typedef struct arrival {
	server *s;
	core_time now;
} arrival;

static void on_datagram(void *ctx, const dgram_in *d)
{
	arrival *a = ctx;

	if (!dgramq_has_room(&a->s->tx))
		flush_tx(a->s);
	if (!join_has_room(&a->s->in))
		flush_in(a->s);
	home_core_datagram(a->s->core, a->now, d);
}

/* An ICMP error of some client's network is not worth a word; a socket that is broken is, once. */
static void socket_error(server_sock *k, int why)
{
	if (why == ENOTSOCK || why == EBADF || why == EFAULT || why == ENOMEM) {
		if (!k->broken)
			log_error(&k->server->log, "receiving: %s", strerror(why));
		k->broken = true;
	}
}

static void on_socket(void *ctx)
{
	server_sock *k = ctx;
	server *s = k->server;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { s, server_now() };
		int got = udp_recv(k->udp, s->rx, k->name, on_datagram, &a, &more);
		if (got < 0)
			socket_error(k, -got);
		server_flush(s); /* before the buffers are used again */
	}
	server_arm(s);
}

/* A relay is known by its address; whatever else comes in IP-in-IP is nobody's. */
static void on_relayed(void *ctx, const dgram_in *d)
{
	arrival *a = ctx;
	server *s = a->s;
	dgram_in in = *d;
	char from[ADDR_STRLEN];

	for (unsigned i = 0; i < s->home.n_relays; i++) {
		if (!ip_equal(&s->home.relays[i].address, &d->from.addr))
			continue;
		in.sock = DGRAM_RELAY + i;
		on_datagram(a, &in);
		return;
	}
	s->not_of_relays++;
	if (rate_take(&s->trouble, a->now.ms))
		log_warn(&s->log, "IP-in-IP from %s, which is not a configured relay",
			 ip_format(&d->from.addr, from));
}

static void on_ipip(void *ctx)
{
	server *s = ctx;
	bool more = true;

	for (int i = 0; more && i < RECV_BURST; i++) {
		arrival a = { s, server_now() };
		int got = ipip_recv(s->ipip, on_relayed, &a, &more);
		if (got < 0 && rate_take(&s->trouble, a.now.ms))
			log_warn(&s->log, "receiving from relays: %s", strerror(-got));
		server_flush(s); /* before the buffers are used again */
	}
	server_arm(s);
}

bool server_watch_ipip(server *s, err *e)
{
	if (!s->ipip || s->ipip_watch)
		return true;
	s->ipip_watch = io_watch_new(s->loop, ipip_fd(s->ipip), on_ipip, s, e);
	return s->ipip_watch != NULL;
}

static void tun_error(server *s, int why)
{
	if (why == EIO || why == ENETDOWN) /* somebody took the link down; it may come up again */
		return;
	log_error(&s->log, "%s: %s: the tunnel device is gone", s->conf->interface, strerror(why));
	io_loop_stop(s->loop);
}

static void on_tun(void *ctx)
{
	server *s = ctx;
	core_time now = server_now();

	for (int i = 0; i < TUN_BURST; i++) {
		ssize_t n = tun_read(s->tun, s->tun_buf);
		if (n < 0)
			tun_error(s, (int)-n);
		if (n <= 0)
			break;
		home_core_packet(s->core, now, s->tun_buf, (size_t)n);
		if (!dgramq_has_room(&s->tx) || !join_has_room(&s->in))
			server_flush(s);
	}
	server_flush(s);
}

static void on_timer(void *ctx)
{
	server *s = ctx;

	s->timer_ms = UINT64_MAX;
	home_core_tick(s->core, server_now());
	server_flush(s);
	server_arm(s);
}

bool server_data_open(server *s, err *e)
{
	s->timer_ms = UINT64_MAX;
	s->trouble = (rate_limit){ .per_s = 1, .burst = 5 };
	s->timer = io_timer_new(s->loop, on_timer, s, e);
	s->tun_watch = s->timer ? io_watch_new(s->loop, tun_fd(s->tun), on_tun, s, e) : NULL;
	if (!s->tun_watch)
		return false;
	for (unsigned i = 0; i < s->n_socks; i++) {
		server_sock *k = &s->socks[i];
		k->watch = io_watch_new(s->loop, udp_fd(k->udp), on_socket, k, e);
		if (!k->watch)
			return false;
	}
	return server_watch_ipip(s, e);
}

void server_data_close(server *s)
{
	for (unsigned i = 0; i < s->n_socks; i++)
		io_watch_free(s->socks[i].watch);
	io_watch_free(s->ipip_watch);
	io_watch_free(s->tun_watch);
	io_timer_free(s->timer);
}
