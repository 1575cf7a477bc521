/* SPDX-License-Identifier: MIT */
/* carrier.c - the environment of a carrier's core: each of its connections is a stream, or a child that asks a
 * SOCKS server and leaves a stream. Everything that the loop calls is wrapped in enter() and leave(): a carrier
 * that is closed by one of its own events is freed by the outermost leave(). */
#include "io/http/carrier.h"
#include "base/clock.h"
#include "core/carrier/core.h"
#include "io/http/proxy_socks.h"
#include "io/net/tcp.h"
#include "io/stream/stream.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static_assert((int)CARRIER_WRITE_MAX <= (int)STREAM_WRITE_MAX, "a stream takes every write");

typedef struct connection {
	carrier *owner;
	unsigned number;
	bool tls; /* once the SOCKS server has connected it */
	proxy_socks *socks;
	stream *stream;
	endpoint local, remote; /* since it was last open */
	const char *unverified;
} connection;

struct carrier {
	io_loop *loop;
	const carrier_mux *mux;
	uplink up;
	tls_ctx *tls;
	carrier_events ev;
	carrier_core *core;
	io_timer *timer;
	uint64_t timer_ms; /* it is set to */
	connection connections[CARRIER_CONNECTIONS];
	unsigned busy; /* callbacks under way */
	bool closed;   /* by its owner */
};

static void destroy(carrier *c)
{
	carrier_core_free(c->core);
	io_timer_free(c->timer);
	free(c);
}

static void set_timer(carrier *c)
{
	uint64_t at = carrier_core_next_timer_ms(c->core);

	if (at == c->timer_ms)
		return;
	c->timer_ms = at;
	io_timer_at(c->timer, at);
}

static void enter(carrier *c)
{
	c->busy++;
}

static void leave(carrier *c)
{
	if (--c->busy)
		return;
	if (c->closed)
		destroy(c);
	else
		set_timer(c);
}

/* ---- what connections report ---- */

static void on_open(void *ctx)
{
	connection *k = ctx;
	carrier *c = k->owner;

	k->local = stream_local(k->stream);
	k->remote = stream_peer(k->stream);
	k->unverified = stream_unverified(k->stream);
	enter(c);
	carrier_core_opened(c->core, clock_mono_ms(), k->number);
	leave(c);
}

static void on_data(void *ctx, uint8_t *p, size_t n)
{
	connection *k = ctx;
	carrier *c = k->owner;

	enter(c);
	carrier_core_octets(c->core, clock_mono_ms(), k->number, p, n);
	leave(c);
}

static void on_writable(void *ctx)
{
	connection *k = ctx;
	carrier *c = k->owner;

	enter(c);
	carrier_core_writable(c->core, clock_mono_ms(), k->number);
	leave(c);
}

static void on_closed(void *ctx, const char *why)
{
	connection *k = ctx;
	carrier *c = k->owner;

	enter(c);
	carrier_core_closed(c->core, clock_mono_ms(), k->number, why);
	leave(c);
}

static bool use_socket(connection *k, int fd, bool tls, err *e)
{
	const stream_events ev = { .ctx = k,
				   .open = on_open,
				   .data = on_data,
				   .writable = on_writable,
				   .closed = on_closed };
	carrier *c = k->owner;

	k->stream = stream_new(c->loop, fd, tls ? c->tls : NULL, tls ? c->mux->host : NULL, &ev, e);
	return k->stream != NULL;
}

static void on_socks_connected(void *ctx, int fd)
{
	connection *k = ctx;
	carrier *c = k->owner;
	err e = { 0 };

	enter(c);
	proxy_socks_free(k->socks);
	k->socks = NULL;
	if (!use_socket(k, fd, k->tls, &e))
		carrier_core_closed(c->core, clock_mono_ms(), k->number, e.text);
	leave(c);
}

static void on_socks_refused(void *ctx, carrier_error_rank rank, const char *why)
{
	connection *k = ctx;
	carrier *c = k->owner;

	enter(c);
	carrier_core_refused(c->core, clock_mono_ms(), k->number, rank, why);
	leave(c);
}

/* ---- what the core asks for: connections ---- */

static bool open_by_socks(connection *k, const carrier_proxy *proxy, err *e)
{
	carrier *c = k->owner;
	const proxy_socks_events ev = { .ctx = k,
					.connected = on_socks_connected,
					.refused = on_socks_refused };

	k->socks = proxy_socks_open(c->loop, proxy, c->mux, &c->up, &ev, e);
	return k->socks != NULL;
}

static bool open_connection(void *ctx, unsigned conn, const carrier_target *t, err *e)
{
	carrier *c = ctx;
	connection *k = &c->connections[conn];

	*k = (connection){ .owner = c, .number = conn, .tls = t->tls };
	if (t->socks)
		return open_by_socks(k, t->socks, e);
	int fd = tcp_connect(&t->to, &c->up, e);
	return fd >= 0 && use_socket(k, fd, t->tls, e);
}

static bool start_tls(void *ctx, unsigned conn, err *e)
{
	carrier *c = ctx;
	connection *k = &c->connections[conn];
	int fd = stream_detach(k->stream);

	k->stream = NULL;
	return use_socket(k, fd, true, e);
}

static void write_octets(void *ctx, unsigned conn, const void *p, size_t n)
{
	carrier *c = ctx;

	stream_write(c->connections[conn].stream, p, n);
}

static bool is_full(void *ctx, unsigned conn)
{
	carrier *c = ctx;

	return stream_full(c->connections[conn].stream);
}

static void note_wait(void *ctx, unsigned conn, uint64_t wait_ms)
{
	carrier *c = ctx;

	stream_note_wait(c->connections[conn].stream, wait_ms);
}

static void close_connection(void *ctx, unsigned conn)
{
	carrier *c = ctx;
	connection *k = &c->connections[conn];

	proxy_socks_free(k->socks);
	stream_free(k->stream);
	k->socks = NULL;
	k->stream = NULL;
}

static void finish_connection(void *ctx, unsigned conn)
{
	carrier *c = ctx;
	connection *k = &c->connections[conn];

	stream_finish(k->stream);
	k->stream = NULL;
}

/* ---- what the core reports: nothing reaches an owner that has closed the carrier ---- */

static void on_up(void *ctx, const carrier_up_event *u)
{
	carrier *c = ctx;
	const connection *k = &c->connections[u->conn];
	const carrier_info i = { .method = u->method,
				 .local = k->local,
				 .remote = k->remote,
				 .proxy = u->proxy,
				 .unverified = k->unverified };

	if (!c->closed)
		c->ev.up(c->ev.ctx, &i);
}

static void on_down(void *ctx, const char *why)
{
	carrier *c = ctx;

	if (!c->closed)
		c->ev.down(c->ev.ctx, why);
}

static void on_attempt_failed(void *ctx, const carrier_error *why)
{
	carrier *c = ctx;

	log_debug(c->ev.log, "carrier: %s", why->text);
	if (why->rank == CARRIER_CREDENTIALS && c->ev.credentials && !c->closed)
		c->ev.credentials(c->ev.ctx, why->text);
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	carrier *c = ctx;

	if (!c->closed)
		c->ev.datagram(c->ev.ctx, p, n);
}

static void on_batch_end(void *ctx)
{
	carrier *c = ctx;

	if (!c->closed)
		c->ev.batch_end(c->ev.ctx);
}

static void on_timer(void *ctx)
{
	carrier *c = ctx;

	enter(c);
	c->timer_ms = UINT64_MAX;
	carrier_core_timer(c->core, clock_mono_ms());
	leave(c);
}

/* ---- for the owner ---- */

static bool set_up(carrier *c, const carrier_conf *conf, err *e)
{
	const carrier_env env = { .ctx = c,
				  .open = open_connection,
				  .start_tls = start_tls,
				  .write = write_octets,
				  .is_full = is_full,
				  .note_wait = note_wait,
				  .close = close_connection,
				  .finish = finish_connection,
				  .up = on_up,
				  .down = on_down,
				  .attempt_failed = on_attempt_failed,
				  .datagram = on_datagram,
				  .batch_end = on_batch_end };

	c->core = carrier_core_new(conf, &env, clock_mono_ms(), e);
	c->timer = c->core ? io_timer_new(c->loop, on_timer, c, e) : NULL;
	return c->timer != NULL;
}

carrier *carrier_open(io_loop *l, const carrier_conf *conf, tls_ctx *tls, const carrier_events *ev,
		      err *e)
{
	carrier *c = calloc(1, sizeof *c);

	if (!c) {
		err_sys(e, ENOMEM, "carrier");
		return NULL;
	}
	*c = (carrier){ .loop = l,
			.mux = conf->mux,
			.up = conf->up,
			.tls = tls,
			.ev = *ev,
			.timer_ms = UINT64_MAX };
	if (set_up(c, conf, e)) {
		set_timer(c);
		return c;
	}
	destroy(c);
	return NULL;
}

void carrier_close(carrier *c)
{
	if (!c || c->closed)
		return;
	c->closed = true;
	if (c->busy == 0)
		destroy(c);
}

void carrier_send(carrier *c, uint32_t flow, const uint8_t *p, size_t n)
{
	carrier_core_send(c->core, clock_mono_ms(), flow, p, n);
}

void carrier_flush(carrier *c)
{
	carrier_core_flush(c->core, clock_mono_ms());
}

bool carrier_is_up(const carrier *c)
{
	return carrier_core_is_up(c->core) && !c->closed;
}

uint64_t carrier_dropped(const carrier *c)
{
	return carrier_core_dropped(c->core);
}
