/* SPDX-License-Identifier: MIT */
#include "fcgi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void end(fcgi_request *r, uint8_t protocol_status)
{
	uint8_t out[2 * FCGI_HEAD_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	if (r->done)
		return;
	fcgi_end_put(&w, r->id, 0, protocol_status);
	stream_write(r->f->s, out, wire_len(&w));
	r->done = r->f->dirty = true;
	r->exchanging = false;
	due_in(r->f->m, &r->f->due, 0);
}

static void give_answer(fcgi_request *r, unsigned status)
{
	char text[ANSWER_MAX];
	const answer a = { .status = status, .kind = r->q.kind, .allow = r->q.allow };
	size_t n = answer_put_cgi(&a, text);

	fcgi_put(r->f, FCGI_STDOUT, r->id, text, n);
	fcgi_put(r->f, FCGI_STDOUT, r->id, NULL, 0);
	end(r, FCGI_REQUEST_COMPLETE);
}

/* --- an exchange's side of it --- */

static fcgi_request *request_of(const exchange *x)
{
	return (fcgi_request *)(void *)((uint8_t *)(uintptr_t)x - offsetof(fcgi_request, x));
}

static void x_answer(exchange *x, unsigned status)
{
	give_answer(request_of(x), status);
}

static void x_head(exchange *x)
{
	fcgi_request *r = request_of(x);
	char text[ANSWER_MAX];

	fcgi_put(r->f, FCGI_STDOUT, r->id, text, answer_stream_head_cgi(text));
}

static void x_piece(exchange *x, uint8_t *p, size_t n)
{
	fcgi_request *r = request_of(x);
	const fcgi_head h = { .type = FCGI_STDOUT, .request = r->id, .len = (uint16_t)n };
	wire_wr w = wire_writer(p - FCGI_HEAD_LEN, FCGI_HEAD_LEN);

	fcgi_head_put(&w, &h);
	stream_write(r->f->s, p - FCGI_HEAD_LEN, FCGI_HEAD_LEN + n);
}

static void x_end(exchange *x)
{
	fcgi_request *r = request_of(x);

	fcgi_put(r->f, FCGI_STDOUT, r->id, NULL, 0);
	end(r, FCGI_REQUEST_COMPLETE);
}

static bool x_full(const exchange *x)
{
	return stream_full(request_of(x)->f->s);
}

static const exchange_ops fcgi_ops = { x_answer, x_head, x_piece, x_end, x_full };

/* --- a request --- */

fcgi_request *fcgi_find(fcgi *f, uint16_t id)
{
	fcgi_request *r = f->requests;

	while (r && (r->id != id || r->done))
		r = r->next;
	return r;
}

static void refuse(fcgi *f, uint16_t id, uint8_t why)
{
	uint8_t out[2 * FCGI_HEAD_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	fcgi_end_put(&w, id, 0, why);
	stream_write(f->s, out, wire_len(&w));
}

void fcgi_begin(fcgi *f, uint16_t id, const uint8_t *content, size_t n)
{
	wire_rd rd = wire_reader(content, n);
	uint16_t role;
	uint8_t flags;
	fcgi_request *r;

	if (id == 0 || fcgi_find(f, id) || !fcgi_begin_get(&rd, &role, &flags)) {
		f->over = true;
		return;
	}
	if (role != FCGI_RESPONDER) {
		refuse(f, id, FCGI_UNKNOWN_ROLE);
		return;
	}
	r = f->n_requests < FCGI_REQUESTS ? calloc(1, sizeof *r) : NULL;
	if (!r) {
		refuse(f, id, FCGI_OVERLOADED);
		return;
	}
	*r = (fcgi_request){ .f = f, .next = f->requests, .id = id };
	r->keep = flags & FCGI_KEEP_CONN;
	f->requests = r;
	f->n_requests++;
}

static void drop_exchange(fcgi_request *r)
{
	if (r->exchanging)
		plain_drop(&r->x);
	r->exchanging = false;
}

void fcgi_abort(fcgi_request *r)
{
	drop_exchange(r);
	end(r, FCGI_REQUEST_COMPLETE);
}

void fcgi_params(fcgi_request *r, const uint8_t *p, size_t n)
{
	uint8_t *all = NULL;

	if (r->params_n + n <= FCGI_PARAMS_MAX)
		all = realloc(r->params, r->params_n + n);
	if (!all) {
		give_answer(r, 431);
		return;
	}
	memcpy(all + r->params_n, p, n);
	r->params = all;
	r->params_n += n;
}

/* The value of a parameter as a string; false: not there, or it doesn't fit. */
static bool param(const fcgi_request *r, const char *name, char *out, size_t room)
{
	wire_rd rd = wire_reader(r->params, r->params_n);
	wire_bytes k, v;

	while (fcgi_pair_get(&rd, &k, &v) == 1)
		if (k.n == strlen(name) && memcmp(k.p, name, k.n) == 0) {
			if (v.n >= room || memchr(v.p, 0, v.n))
				return false;
			memcpy(out, v.p, v.n);
			out[v.n] = '\0';
			return true;
		}
	return false;
}

static mux_client client_of(const fcgi_request *r)
{
	mux_client who = { .from = r->f->from };
	char text[ADDR_STRLEN];
	ip_addr a;

	if (param(r, "REMOTE_ADDR", text, sizeof text) && ip_parse(text, &a))
		who.from = a;
	return who;
}

/* Tunnels that take over their connection are not to be had here: 426 says so. */
void fcgi_params_end(fcgi_request *r)
{
	enum { URI_MAX = 512, METHOD_MAX = 16 };
	char uri[URI_MAX], method[METHOD_MAX];
	mux *m = r->f->m;

	r->routed = true;
	m->counts.requests++;
	if (!param(r, "REQUEST_METHOD", method, sizeof method) ||
	    (!param(r, "REQUEST_URI", uri, sizeof uri) &&
	     !param(r, "SCRIPT_NAME", uri, sizeof uri))) {
		r->status = 400;
		return;
	}
	request_read(m->conf, method, uri, &r->q);
	r->status = r->q.status;
	if (!r->status && (r->q.kind == REQUEST_UDP || r->q.kind == REQUEST_WEBSOCKET))
		r->status = 426;
	if (!r->status) {
		const mux_client who = client_of(r);
		r->x = (exchange){ .m = m, .ops = &fcgi_ops };
		r->exchanging = true;
		plain_begin(&r->x, &r->q, &who);
	}
	free(r->params);
	r->params = NULL;
	r->params_n = 0;
}

void fcgi_stdin(fcgi_request *r, uint8_t *p, size_t n)
{
	if (r->exchanging && r->q.kind == REQUEST_UP)
		plain_data(&r->x, p, n);
}

void fcgi_stdin_end(fcgi_request *r)
{
	if (r->exchanging && r->q.kind == REQUEST_UP)
		plain_end(&r->x);
	else if (r->status && !r->done)
		give_answer(r, r->status);
}

static void request_free(fcgi_request *r)
{
	drop_exchange(r);
	free(r->params);
	free(r);
}

void fcgi_sweep(fcgi *f)
{
	fcgi_request **at = &f->requests;

	f->dirty = false;
	while (*at) {
		fcgi_request *r = *at;
		if (!r->done) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		f->n_requests--;
		f->over |= !r->keep;
		request_free(r);
	}
}

void fcgi_drop_all(fcgi *f)
{
	while (f->requests) {
		fcgi_request *r = f->requests;
		f->requests = r->next;
		request_free(r);
	}
}
