/* SPDX-License-Identifier: MIT */
/* plain.c - the requests of a session (docs/protocol.md, HTTP carriers): a POST's body is datagrams to the
 * target, each behind its length; a GET is held, and its answer's body is datagrams from the target. */
#include "mux.h"

#include <stdlib.h>

enum { DOWN_OCTETS = 1024 * 1024 };

static void end_down(exchange *x)
{
	due_set(x->m, &x->end, UINT64_MAX);
	session_leave(x);
	x->is_down = false;
	x->ops->end(x);
}

static void on_end(void *ctx)
{
	end_down(ctx);
}

/* There is one reader: who asks last gets what comes. */
static void begin_down(exchange *x, session *s)
{
	x->is_down = true;
	x->end = (due){ .fire = on_end, .ctx = x };
	session_join(s, x);
	exchange *before = session_set_down(s, x);
	if (before)
		end_down(before);
	x->ops->head(x);
	due_in(x->m, &x->end, DOWN_MS);
	tunnel_writable(session_tunnel(s));
}

static void begin_up(exchange *x, session *s)
{
	session_join(s, x);
	x->up = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
	if (!x->up)
		x->status = 503;
}

void plain_begin(exchange *x, const request *q, const mux_client *who)
{
	unsigned status;
	session *s = session_get(x->m, q, who, &status);

	x->wait_ms = q->wait_ms;
	x->from = who->from;
	if (q->kind == REQUEST_UP && s)
		begin_up(x, s);
	else if (q->kind == REQUEST_UP)
		x->status = status;
	else if (s)
		begin_down(x, s);
	else
		x->ops->answer(x, status);
}

void plain_data(exchange *x, uint8_t *p, size_t n)
{
	const char *why = NULL;

	if (!x->s || !x->up || x->status ||
	    tunnel_up(session_tunnel(x->s), x->up, p, n, &why) == FRAMING_OK)
		return;
	x->status = 400;
	x->m->counts.malformed++;
	mux_note(x->m, &x->from, "datagrams of a request are refused", why);
}

void plain_drop(exchange *x)
{
	due_set(x->m, &x->end, UINT64_MAX);
	session_leave(x);
	framing_free(x->up);
	x->up = NULL;
	x->is_down = false;
}

void plain_end(exchange *x)
{
	unsigned status = x->status ? x->status : 204;

	plain_drop(x);
	x->ops->answer(x, status);
}

void plain_writable(exchange *x)
{
	if (x->s && x->is_down)
		tunnel_writable(session_tunnel(x->s));
}

void plain_write(exchange *x, uint8_t *p, size_t n)
{
	bool first = x->sent == 0;

	x->ops->piece(x, p, n);
	x->sent += n;
	if (x->sent >= DOWN_OCTETS || x->wait_ms == 0)
		end_down(x);
	else if (first && x->wait_ms < DOWN_MS)
		due_in(x->m, &x->end, x->wait_ms);
}

void plain_lost(exchange *x)
{
	if (x->is_down)
		end_down(x);
	else
		x->status = 504;
}
