/* SPDX-License-Identifier: MIT */
/* carrier_conn.c - one connection by a way: straight, or through the proxy, or to a proxy that refuses
 * CONNECT and then, for a mux that speaks plain HTTP, is sent requests in absolute-form: the connection
 * that finds this out fails, and leaves it in the route. */
#include "io/http/carrier_priv.h"
#include "io/net/tcp.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct conn {
	conn_route *route;
	conn_events ev;
	proxy_http *http;
	proxy_socks *socks;
	stream *stream;
};

/* Some of it is what a stranger sent, and it is shown on terminals, and in JSON. */
static void printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void why_set(why_text *w, why_rank rank, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(w->text, sizeof w->text, fmt, ap);
	va_end(ap);
	printable(w->text);
	w->rank = rank;
}

static void why_connection(const conn_route *r, why_text *why, const char *what)
{
	char at[ENDPOINT_STRLEN];
	const carrier_mux *m = r->conf->mux;
	what = what ? what : "closed the connection";
	/* A certificate tells more than a silent network. */
	why_rank rank = strstr(what, "certificate") ? WHY_ANSWER : WHY_UNREACHABLE;
	if (!r->proxy)
		why_set(why, rank, "%s: %s", endpoint_format(&r->to, at), what);
	else if (r->absolute)
		why_set(why, rank, "proxy %s: %s", r->proxy->name, what);
	else
		why_set(why, rank, "%s:%u by proxy %s: %s", m->host, m->port, r->proxy->name, what);
}

static void fail(conn *c, const why_text *why)
{
	c->ev.failed(c->ev.ctx, why);
}

static void on_open(void *ctx)
{
	conn *c = ctx;
	stream *s = c->stream;
	c->stream = NULL;
	c->ev.open(c->ev.ctx, s);
}

static void on_closed(void *ctx, const char *what)
{
	conn *c = ctx;
	why_text why;
	why_connection(c->route, &why, what);
	fail(c, &why);
}

/* Before `open` nothing is expected. */
static void on_data(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx, (void)p, (void)n;
}

static bool open_stream(conn *c, int fd, why_text *why)
{
	const stream_events ev = {
		.ctx = c, .open = on_open, .data = on_data, .closed = on_closed
	};
	const carrier_mux *m = c->route->conf->mux;
	err e = { 0 };
	c->stream = stream_new(c->route->loop, fd, m->https ? c->route->conf->tls : NULL,
			       m->https ? m->host : NULL, &ev, &e);
	if (!c->stream)
		why_connection(c->route, why, e.text);
	return c->stream != NULL;
}

static bool open_straight(conn *c, why_text *why)
{
	const uplink *up = &c->route->conf->up;
	err e = { 0 };
	int fd = tcp_connect(&c->route->to, &up->local.addr, up->name[0] ? up->name : NULL, &e);
	if (fd < 0)
		why_connection(c->route, why, e.text);
	return fd >= 0 && open_stream(c, fd, why);
}

static void on_through(void *ctx, int fd)
{
	conn *c = ctx;
	why_text why;
	if (!open_stream(c, fd, &why))
		fail(c, &why);
}

static void on_refused(void *ctx, proxy_refusal refusal, const char *what)
{
	static const why_rank rank[] = {
		[PROXY_UNREACHABLE] = WHY_UNREACHABLE,
		[PROXY_REFUSED] = WHY_PROXY,
		[PROXY_CREDENTIALS] = WHY_CREDENTIALS,
	};
	conn *c = ctx;
	conn_route *r = c->route;
	why_text why;
	why_set(&why, rank[refusal], "%s", what);
	if (refusal == PROXY_REFUSED && r->proxy->kind == PROXY_HTTP && !r->conf->mux->https)
		r->absolute = true;
	fail(c, &why);
}

/* For SOCKS 4. */
static const endpoint *first_ip4(const carrier_mux *m)
{
	for (unsigned i = 0; i < m->n_addresses; i++)
		if (m->addresses[i].addr.len == 4)
			return &m->addresses[i];
	return NULL;
}

static bool ask_proxy(conn *c, why_text *why)
{
	const proxy_events ev = { .ctx = c, .through = on_through, .refused = on_refused };
	conn_route *r = c->route;
	const carrier_mux *m = r->conf->mux;
	const proxy_wish wish = { .proxy = r->proxy,
				  .up = &r->conf->up,
				  .host = m->host,
				  .port = m->port,
				  .address = first_ip4(m) };
	err e = { 0 };
	if (r->proxy->kind == PROXY_HTTP)
		c->http = proxy_http_ask(r->loop, &wish, &r->auth, &ev, &e);
	else
		c->socks = proxy_socks_ask(r->loop, &wish, &ev, &e);
	if (!c->http && !c->socks)
		why_set(why, WHY_UNREACHABLE, "%s", e.text);
	return c->http || c->socks;
}

conn *conn_open(conn_route *r, const conn_events *ev, why_text *why)
{
	conn *c = calloc(1, sizeof *c);
	if (!c) {
		why_set(why, WHY_UNREACHABLE, "%s", strerror(ENOMEM));
		return NULL;
	}
	*c = (conn){ .route = r, .ev = *ev };
	if (r->proxy && !r->absolute ? ask_proxy(c, why) : open_straight(c, why))
		return c;
	conn_free(c);
	return NULL;
}

void conn_free(conn *c)
{
	if (!c)
		return;
	proxy_http_free(c->http);
	proxy_socks_free(c->socks);
	stream_free(c->stream);
	free(c);
}
