/* SPDX-License-Identifier: MIT */
/* Two web servers' FastCGI connections to one multiplexer, octets to one or the other in between tunnels that
 * have something for them, fill up and end, and time that passes. What is said is whole records, in order for
 * each request, and in the end nothing is left. fcgi.c, fcgi_request.c, plain.c and session.c are the
 * program's own; streams, tunnels and time are stood in for below. */
#include "fcgi.h"
#include "oracle.h"

enum { SIDES = 2, TUNNELS = 4, SAID = 8 + ANSWER_MAX };

struct stream {
	unsigned side;
	stream_events ev;
	bool full;
	bool closed[256]; /* of a request: its STDOUT has ended */
};

struct tunnel {
	mux *m;
	tunnel_owner owner;
	bool waits; /* something, for when it is not full */
};

static mux running;
static stream *streams[SIDES];
static tunnel *tunnels[TUNNELS];
static unsigned opening; /* the side that fcgi_new() is called for */
static uint64_t now_ms;

/* --- time --- */

uint64_t mux_now(void)
{
	return now_ms;
}

void due_set(mux *m, due *d, uint64_t at_ms)
{
	if (at_ms == UINT64_MAX)
		timerq_cancel(&m->dues, &d->entry);
	else
		oracle_check(timerq_set(&m->dues, &d->entry, at_ms));
}

void due_in(mux *m, due *d, uint64_t ms)
{
	due_set(m, d, now_ms + ms);
}

static void pass(uint64_t ms)
{
	timer_entry *t;

	now_ms += ms;
	while ((t = timerq_pop(&running.dues, now_ms))) {
		const due *d = (const due *)t;
		d->fire(d->ctx);
	}
}

void mux_note(mux *m, const ip_addr *from, const char *what, const char *why)
{
	(void)m, (void)from, (void)why;
	oracle_check(what && *what);
}

/* --- streams: what is written is read as records --- */

stream *stream_new(io_loop *l, int fd, tls_ctx *tls, const char *name, const stream_events *ev,
		   err *e)
{
	(void)l, (void)fd, (void)e;
	stream *s = calloc(1, sizeof *s);
	oracle_check(s && !tls && !name);
	s->side = opening;
	s->ev = *ev;
	streams[opening] = s;
	return s;
}

void stream_free(stream *s)
{
	if (!s)
		return;
	streams[s->side] = NULL;
	free(s);
}

void stream_finish(stream *s)
{
	stream_free(s);
}

bool stream_full(const stream *s)
{
	return s->full;
}

static void check_order(stream *s, const fcgi_head *h)
{
	uint8_t id = (uint8_t)h->request;

	oracle_check(h->padding == 0);
	if (h->request == 0) {
		oracle_check(h->type == FCGI_GET_VALUES_RESULT || h->type == FCGI_UNKNOWN_TYPE);
		return;
	}
	oracle_check(h->type == FCGI_STDOUT || h->type == FCGI_END_REQUEST);
	if (h->request > UINT8_MAX)
		return; /* not kept */
	if (h->type == FCGI_STDOUT) {
		oracle_check(!s->closed[id]); /* next is its end, and no more of it */
		s->closed[id] = h->len == 0;
	} else {
		s->closed[id] = false;
	}
}

void stream_write(stream *s, const void *p, size_t n)
{
	wire_rd r = wire_reader(p, n);
	fcgi_head h;

	oracle_check(n >= 1 && n <= STREAM_WRITE_MAX);
	while (fcgi_head_get(&r, &h) == 1) {
		check_order(s, &h);
		wire_take(&r, h.len);
	}
	oracle_check(wire_done(&r)); /* each write is whole records */
}

/* --- tunnels --- */

static void give(tunnel *t)
{
	static const uint8_t datagram[] = { 0, 3, 'a', 'b', 'c' };
	uint8_t *p = t->m->batch + BATCH_ROOM;

	t->waits = t->owner.full(t->owner.ctx);
	if (t->waits)
		return;
	memcpy(p, datagram, sizeof datagram);
	t->owner.write(t->owner.ctx, p, sizeof datagram);
}

tunnel *tunnel_new(mux *m, tunnel_kind k, const mux_target *to, const mux_client *who,
		   const tunnel_owner *o, unsigned *status)
{
	unsigned i = 0;

	oracle_check(k == TUNNEL_PLAIN && to == &m->conf->targets[0] && who);
	while (i < TUNNELS && tunnels[i])
		i++;
	*status = i == TUNNELS ? 429 : 0;
	if (*status)
		return NULL;
	tunnels[i] = calloc(1, sizeof(tunnel));
	oracle_check(tunnels[i] != NULL);
	*tunnels[i] = (tunnel){ .m = m, .owner = *o };
	return tunnels[i];
}

void tunnel_free(tunnel *t)
{
	for (unsigned i = 0; t && i < TUNNELS; i++)
		if (tunnels[i] == t)
			tunnels[i] = NULL;
	free(t);
}

static void on_datagram(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx, (void)p;
	oracle_check(n >= 1 && n <= FRAMING_DATAGRAM_MAX);
}

framing_result tunnel_up(tunnel *t, framing *f, uint8_t *p, size_t n, const char **why)
{
	const framing_events ev = { .ctx = t, .datagram = on_datagram };

	return framing_feed(f, p, n, &ev, why);
}

void tunnel_writable(tunnel *t)
{
	if (t->waits)
		give(t);
}

void tunnel_watch_reader(tunnel *t, bool watched)
{
	(void)t, (void)watched;
}

/* --- what happens --- */

static void hear(unsigned side, const uint8_t *data, size_t n)
{
	static const ip_addr from = { .len = 4, .b = { 127, 0, 0, 1 } };
	uint8_t *copy = malloc(n ? n : 1);

	oracle_check(copy != NULL);
	memcpy(copy, data, n);
	opening = side;
	if (!streams[side])
		fcgi_new(&running, -1, &from);
	oracle_check(streams[side] != NULL);
	streams[side]->ev.data(streams[side]->ev.ctx, copy, n);
	free(copy);
}

static void fill(stream *s)
{
	if (!s)
		return;
	s->full = !s->full;
	if (!s->full)
		s->ev.writable(s->ev.ctx);
}

static void happens(unsigned what, unsigned side)
{
	stream *s = streams[side];
	tunnel *t = tunnels[what % TUNNELS];

	switch (what >> 2 & 7) {
	case 1:
		fill(s);
		break;
	case 2:
		pass(what & 1 ? 100 : 5000);
		break;
	case 3:
		if (t)
			t->owner.lost(t->owner.ctx, "lost");
		break;
	case 4:
		if (s)
			s->ev.closed(s->ev.ctx, NULL);
		break;
	case 5:
	case 6:
		if (t)
			give(t);
		break;
	default:
		break;
	}
}

static void end(void)
{
	fcgis_close(&running);
	sessions_close(&running);
	for (unsigned i = 0; i < TUNNELS; i++)
		oracle_check(!tunnels[i]);
	oracle_check(!streams[0] && !streams[1] && !running.fcgis && !running.session_list);
	oracle_check(map_count(running.sessions) == 0 && running.counts.open_connections == 0);
	oracle_check(running.dues.n == 0);
	map_free(running.sessions);
	timerq_free(&running.dues);
}

/* An octet that says what happens and to which side, one of a length, and so many octets from there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static mux_file conf = { .targets = { { .name = "home" } },
				 .n_targets = 1,
				 .idle_ms = 300000 };

	running = (mux){ .conf = &conf, .sessions = map_new(1) };
	oracle_check(running.sessions != NULL);
	now_ms = 1000;
	while (n >= 2) {
		unsigned what = data[0] & 31, side = data[0] >> 5 & 1;
		size_t len = data[1] < n - 2 ? data[1] : n - 2;
		if (len)
			hear(side, data + 2, len);
		pass(0);
		happens(what, side);
		data += 2 + len;
		n -= 2 + len;
	}
	end();
	return 0;
}
