/* SPDX-License-Identifier: MIT */
/* fcgi.c - the records of a FastCGI connection (FastCGI Specification 1.0, 3.3). Content is used as it
 * comes; only what must be whole is gathered. */
#include "fcgi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Without a word from the web server: */
	IDLE_MS = 75000, /* while there is no request; nginx keeps connections for 60 s */
	HALF_MS = 10000, /* in the midst of a request's parameters */
	BODY_MS = 30000, /* of a body that is of no use */
};

void fcgi_put(fcgi *f, uint8_t type, uint16_t id, const void *content, size_t n)
{
	uint8_t out[FCGI_HEAD_LEN + ANSWER_MAX];
	const fcgi_head h = { .type = type, .request = id, .len = (uint16_t)n };
	wire_wr w = wire_writer(out, sizeof out);

	fcgi_head_put(&w, &h);
	if (n)
		wire_put(&w, content, n);
	if (!w.bad)
		stream_write(f->s, out, wire_len(&w));
}

static void fcgi_free(fcgi *f)
{
	due_set(f->m, &f->due, UINT64_MAX);
	fcgi_drop_all(f);
	stream_free(f->s);
	if (f->next)
		f->next->prev = f->prev;
	*(f->prev ? &f->prev->next : &f->m->fcgis) = f->next;
	f->m->counts.open_connections--;
	free(f);
}

static void fcgi_finish(fcgi *f)
{
	stream *s = f->s;

	f->s = NULL;
	stream_finish(s);
	fcgi_free(f);
}

/* 4.1: of what is asked, what we know: several requests may share a connection. */
static void get_values(fcgi *f)
{
	static const char known[] = "FCGI_MPXS_CONNS";
	uint8_t out[64];
	wire_rd r = wire_reader(f->small, f->small_n);
	wire_wr w = wire_writer(out, sizeof out);
	wire_bytes name, value;

	while (fcgi_pair_get(&r, &name, &value) == 1)
		if (name.n == sizeof known - 1 && memcmp(name.p, known, name.n) == 0 &&
		    wire_len(&w) == 0)
			fcgi_pair_put(&w, name, (wire_bytes){ (const uint8_t *)"1", 1 });
	fcgi_put(f, FCGI_GET_VALUES_RESULT, 0, out, wire_len(&w));
}

/* 4.2 */
static void unknown_type(fcgi *f, uint8_t type)
{
	const uint8_t body[FCGI_HEAD_LEN] = { type };

	fcgi_put(f, FCGI_UNKNOWN_TYPE, 0, body, sizeof body);
}

static bool is_whole(const fcgi_head *h)
{
	return h->type == FCGI_BEGIN_REQUEST || h->request == 0;
}

/* A record that had to be whole. */
static void whole(fcgi *f)
{
	const fcgi_head *h = &f->head;

	if (h->request == 0 && h->type == FCGI_GET_VALUES)
		get_values(f);
	else if (h->request == 0)
		unknown_type(f, h->type);
	else
		fcgi_begin(f, h->request, f->small, f->small_n);
}

static void piece(fcgi *f, uint8_t *p, size_t n)
{
	fcgi_request *r = fcgi_find(f, f->head.request);

	if (is_whole(&f->head)) {
		memcpy(f->small + f->small_n, p, n);
		f->small_n += n;
	} else if (r && f->head.type == FCGI_PARAMS && !r->routed) {
		fcgi_params(r, p, n);
	} else if (r && f->head.type == FCGI_STDIN && r->routed) {
		fcgi_stdin(r, p, n);
	}
}

/* A stream of records ends with an empty one. */
static void empty(fcgi *f)
{
	fcgi_request *r = fcgi_find(f, f->head.request);

	if (!r)
		return;
	if (f->head.type == FCGI_PARAMS && !r->routed)
		fcgi_params_end(r);
	else if (f->head.type == FCGI_STDIN && r->routed)
		fcgi_stdin_end(r);
	else if (f->head.type == FCGI_ABORT_REQUEST)
		fcgi_abort(r);
}

static void content_end(fcgi *f)
{
	if (is_whole(&f->head))
		whole(f);
	else if (f->head.len == 0)
		empty(f);
	f->small_n = 0;
	f->in_record = f->padding > 0;
}

static size_t take_head(fcgi *f, const uint8_t *p, size_t n)
{
	size_t want = FCGI_HEAD_LEN - f->small_n, take = n < want ? n : want;

	memcpy(f->small + f->small_n, p, take);
	f->small_n += take;
	if (f->small_n < FCGI_HEAD_LEN)
		return take;
	wire_rd r = wire_reader(f->small, FCGI_HEAD_LEN);
	f->small_n = 0;
	if (fcgi_head_get(&r, &f->head) != 1 || (is_whole(&f->head) && f->head.len > FCGI_SMALL)) {
		f->over = true;
		return take;
	}
	f->left = f->head.len;
	f->padding = f->head.padding;
	f->in_record = true;
	if (f->left == 0)
		content_end(f);
	return take;
}

static size_t take_content(fcgi *f, uint8_t *p, size_t n)
{
	size_t take;

	if (f->left == 0) {
		take = n < f->padding ? n : f->padding;
		f->padding -= take;
		f->in_record = f->padding > 0;
		return take;
	}
	take = n < f->left ? n : f->left;
	piece(f, p, take);
	f->left -= take;
	if (f->left == 0)
		content_end(f);
	return take;
}

static uint64_t patience(const fcgi_request *r)
{
	if (!r->routed)
		return HALF_MS;
	if (r->exchanging && r->x.is_down)
		return UINT64_MAX; /* its session's matter */
	return r->status ? BODY_MS : r->f->m->conf->idle_ms;
}

/* When the web server has kept us waiting for too long. */
static uint64_t patience_ends(const fcgi *f)
{
	uint64_t least = f->n_requests ? UINT64_MAX : IDLE_MS;

	for (const fcgi_request *r = f->requests; r; r = r->next)
		if (patience(r) < least)
			least = patience(r);
	return least == UINT64_MAX ? UINT64_MAX : f->heard_ms + least;
}

static void look(fcgi *f)
{
	if (f->dirty) {
		fcgi_sweep(f);
		f->heard_ms = mux_now(); /* from the answer on */
	}
	if (f->over)
		fcgi_finish(f);
	else
		due_set(f->m, &f->due, patience_ends(f));
}

static void on_due(void *ctx)
{
	fcgi *f = ctx;

	if (!f->dirty && mux_now() >= patience_ends(f)) {
		f->m->counts.timeouts++;
		f->over = true;
	}
	look(f);
}

static void on_data(void *ctx, uint8_t *p, size_t n)
{
	fcgi *f = ctx;

	f->heard_ms = mux_now();
	while (n > 0 && !f->over) {
		size_t used = f->in_record ? take_content(f, p, n) : take_head(f, p, n);
		p += used;
		n -= used;
	}
	if (f->over && !f->dirty) {
		f->m->counts.malformed++;
		mux_note(f->m, &f->from, "malformed FastCGI", NULL);
	}
	look(f);
}

static void on_writable(void *ctx)
{
	const fcgi *f = ctx;

	for (fcgi_request *r = f->requests; r && !stream_full(f->s); r = r->next)
		if (r->exchanging)
			plain_writable(&r->x);
}

static void on_closed(void *ctx, const char *why)
{
	(void)why;
	fcgi_free(ctx);
}

void fcgi_new(mux *m, int fd, const ip_addr *from)
{
	fcgi *f = calloc(1, sizeof *f);
	const stream_events ev = { f, NULL, on_data, on_writable, on_closed };
	err e = { 0 };

	if (!f) {
		close(fd);
		return;
	}
	*f = (fcgi){ .m = m, .from = *from, .due = { .fire = on_due, .ctx = f } };
	f->s = stream_new(m->loop, fd, NULL, NULL, &ev, &e);
	if (!f->s) {
		free(f);
		return;
	}
	f->next = m->fcgis;
	if (f->next)
		f->next->prev = f;
	m->fcgis = f;
	m->counts.open_connections++;
	f->heard_ms = mux_now();
	look(f);
}

void fcgis_close(mux *m)
{
	for (fcgi *f = m->fcgis, *next; f; f = next) {
		next = f->next;
		fcgi_finish(f);
	}
}
