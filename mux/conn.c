/* SPDX-License-Identifier: MIT */
#include "conn.h"
#include "proto/websocket.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	FIRST_MS = 10000, /* for the first request to begin */
	KEEP_MS = 30000,  /* for one more */
	HEAD_MS = 10000,  /* for a head to be complete, however slowly it comes */
	BODY_MS = 30000,  /* for a body that is of no use to be complete */
};

void conn_free(conn *c)
{
	mux *m = c->m;

	due_set(m, &c->due, UINT64_MAX);
	if (c->exchanging)
		plain_drop(&c->x);
	tunnel_free(c->t);
	http_parser_free(c->http);
	stream_free(c->s);
	if (c->who.source)
		mux_guard_disconnect(m->guard, mux_now(), c->who.source);
	if (c->next)
		c->next->prev = c->prev;
	*(c->prev ? &c->prev->next : &m->conns) = c->next;
	m->counts.open_connections--;
	free(c->later);
	free(c);
}

void conn_finish(conn *c)
{
	stream *s = c->s;

	c->s = NULL;
	stream_finish(s);
	conn_free(c);
}

static bool takes_datagrams(const conn *c)
{
	return c->q.kind == REQUEST_UP && !c->in_vain;
}

static uint64_t patience(const conn *c, conn_wait w)
{
	switch (w) {
	case WAIT_REQUEST:
		return c->answered ? KEEP_MS : FIRST_MS;
	case WAIT_HEAD:
		return HEAD_MS;
	case WAIT_BODY:
		return takes_datagrams(c) ? c->m->conf->idle_ms : BODY_MS;
	case WAIT_NOTHING:
		break;
	}
	return UINT64_MAX;
}

/* Datagrams have their time from the last ones on; a head and any other body, all in all: who sends an octet
 * now and then gets no more of it. */
static bool begins_anew(const conn *c, conn_wait w)
{
	return w != c->wait || (w == WAIT_BODY && takes_datagrams(c));
}

/* What waits for nothing may still have the timer of what it waited for before (on_head() forgets only what
 * that was). */
void conn_set_wait(conn *c, conn_wait w)
{
	bool anew = begins_anew(c, w);

	c->wait = w;
	if (w == WAIT_NOTHING)
		due_set(c->m, &c->due, UINT64_MAX);
	else if (anew)
		due_in(c->m, &c->due, patience(c, w));
}

void conn_look(conn *c)
{
	if (c->over)
		conn_finish(c);
	else if (c->resume)
		due_in(c->m, &c->due, 0);
	else if (c->held || c->t)
		conn_set_wait(c, WAIT_NOTHING);
	else if (c->in_body)
		conn_set_wait(c, WAIT_BODY);
	else
		conn_set_wait(c, http_in_message(c->http) ? WAIT_HEAD : WAIT_REQUEST);
}

static void on_due(void *ctx)
{
	conn *c = ctx;

	if (c->over) {
		conn_finish(c);
		return;
	}
	if (c->resume) {
		conn_http_resume(c);
		return;
	}
	c->m->counts.timeouts++;
	if (c->wait == WAIT_HEAD || c->wait == WAIT_BODY) {
		mux_note(c->m, &c->who.from, "request not complete in time", NULL);
		c->close = true;
		conn_answer(c, c->wait == WAIT_BODY && c->in_vain ? c->x.status : 408);
	}
	conn_finish(c);
}

static void on_open(void *ctx)
{
	conn_set_wait(ctx, WAIT_REQUEST);
}

static void on_data(void *ctx, uint8_t *p, size_t n)
{
	conn *c = ctx;

	if (c->t)
		conn_tunnel_data(c, p, n);
	else
		conn_http_data(c, p, n);
}

static void on_writable(void *ctx)
{
	conn *c = ctx;

	if (c->t)
		tunnel_writable(c->t);
	else if (c->exchanging && c->x.is_down)
		plain_writable(&c->x);
	else
		stream_pause(c->s, false);
}

static void on_closed(void *ctx, const char *why)
{
	conn *c = ctx;

	if (why && c->wait == WAIT_NOTHING && !c->t && !c->held) {
		c->m->counts.malformed++;
		mux_note(c->m, &c->who.from, "no connection", why);
	}
	conn_free(c);
}

static conn *open_conn(mux *m, listen_kind k, int fd, const mux_client *who)
{
	conn *c = calloc(1, sizeof *c);
	const stream_events ev = { c, on_open, on_data, on_writable, on_closed };
	err e = { 0 };

	if (!c) {
		close(fd);
		return NULL;
	}
	*c = (conn){ .m = m, .who = *who, .due = { .fire = on_due, .ctx = c } };
	c->s = stream_new(m->loop, fd, k == LISTEN_HTTPS ? m->tls : NULL, NULL, &ev, &e);
	if (c->s && conn_http_new(c))
		return c;
	stream_free(c->s);
	free(c);
	return NULL;
}

void conn_new(mux *m, listen_kind k, int fd, const mux_client *who)
{
	conn *c = open_conn(m, k, fd, who);

	if (!c) {
		if (who->source)
			mux_guard_disconnect(m->guard, mux_now(), who->source);
		return;
	}
	c->next = m->conns;
	if (c->next)
		c->next->prev = c;
	m->conns = c;
	m->counts.open_connections++;
}

void conns_close(mux *m, bool goodbye)
{
	for (conn *c = m->conns, *next; c; c = next) {
		next = c->next;
		if (c->t && goodbye)
			conn_tunnel_goodbye(c, WS_GOING_AWAY);
		if (goodbye)
			conn_finish(c);
		else
			conn_free(c);
	}
}
