/* SPDX-License-Identifier: MIT */
#include "core/mux/fcgi_request.h"

#include "core/mux/answer.h"
#include "core/mux/fcgi_record.h"
#include <stdlib.h>

enum {
	PARAMS_MS = 10000, /* until the parameters of a request are complete */
	BODY_MS = 30000,   /* for a body that is of no use */
	URI_MAX = 512,
	METHOD_MAX = 16,
};

struct mux_fcgi_request {
	mux_exchange exchange; /* first: its address is the request's */
	mux_fcgi_requests *all;
	mux_fcgi_request *next;
	uint16_t id;
	bool keep;               /* the connection, after this one */
	bool is_routed, is_done; /* PARAMS are complete; END_REQUEST was sent */
	uint8_t *params;
	size_t params_n;
	unsigned status; /* to be answered; 0: the exchange decides */
	mux_request what;
};

static void put(const mux_fcgi_request *r, uint8_t type, const void *content, size_t n)
{
	const mux_conn *c = r->all->conn;

	mux_fcgi_put(&c->all->cx->env, c->link, type, r->id, content, n);
}

static void end_request(mux_fcgi_requests *all, uint16_t id, uint8_t protocol_status)
{
	mux_fcgi_put_end(&all->conn->all->cx->env, all->conn->link, id, protocol_status);
}

static void be_done(mux_fcgi_request *r)
{
	if (r->is_done)
		return;
	mux_exchange_drop(&r->exchange);
	end_request(r->all, r->id, FCGI_REQUEST_COMPLETE);
	r->is_done = r->all->has_done = true;
}

static void send_answer(mux_fcgi_request *r, unsigned status)
{
	char text[MUX_ANSWER_MAX];
	const mux_answer a = { .status = status, .kind = r->what.kind, .allow = r->what.allow };
	size_t n = mux_answer_put_cgi(&a, text);

	put(r, FCGI_STDOUT, text, n);
	put(r, FCGI_STDOUT, NULL, 0);
	be_done(r);
}

/* --- its beginning --- */

static mux_fcgi_request *find(const mux_fcgi_requests *all, uint16_t id)
{
	mux_fcgi_request *r = all->first;

	while (r && (r->id != id || r->is_done))
		r = r->next;
	return r;
}

void mux_fcgi_request_begin(mux_fcgi_requests *all, uint16_t id, const uint8_t *content, size_t n)
{
	wire_rd rd = wire_reader(content, n);
	uint16_t role;
	uint8_t flags;

	if (id == 0 || find(all, id) || !fcgi_begin_get(&rd, &role, &flags)) {
		all->is_broken = true;
		return;
	}
	if (role != FCGI_RESPONDER) {
		end_request(all, id, FCGI_UNKNOWN_ROLE);
		return;
	}
	mux_fcgi_request *r = all->n < MUX_FCGI_REQUESTS ? calloc(1, sizeof *r) : NULL;
	if (!r) {
		end_request(all, id, FCGI_OVERLOADED);
		return;
	}
	r->all = all;
	r->id = id;
	r->keep = flags & FCGI_KEEP_CONN;
	r->next = all->first;
	all->first = r;
	all->n++;
}

/* --- its parameters --- */

void mux_fcgi_request_params(mux_fcgi_requests *all, uint16_t id, const uint8_t *p, size_t n)
{
	mux_fcgi_request *r = find(all, id);
	uint8_t *params = NULL;

	if (!r || r->is_routed)
		return;
	if (r->params_n + n <= MUX_FCGI_PARAMS_MAX)
		params = realloc(r->params, r->params_n + n);
	if (!params) {
		send_answer(r, 431);
		return;
	}
	memcpy(params + r->params_n, p, n);
	r->params = params;
	r->params_n += n;
}

/* The value of a parameter as a string; false: not there, or it doesn't fit. */
static bool get_param(const mux_fcgi_request *r, const char *name, char *out, size_t room)
{
	wire_rd rd = wire_reader(r->params, r->params_n);
	wire_bytes k, v;

	while (fcgi_pair_get(&rd, &k, &v) == 1) {
		if (k.n != strlen(name) || memcmp(k.p, name, k.n) != 0)
			continue;
		if (v.n >= room || memchr(v.p, 0, v.n))
			return false;
		memcpy(out, v.p, v.n);
		out[v.n] = '\0';
		return true;
	}
	return false;
}

static mux_client client_of(const mux_fcgi_request *r)
{
	mux_client client = { .from = r->all->from };
	char text[ADDR_STRLEN];
	ip_addr a;

	if (get_param(r, "REMOTE_ADDR", text, sizeof text) && ip_parse(text, &a))
		client.from = a;
	return client;
}

/* Tunnels that take over their connection are not to be had here: 426 tells the client. */
static unsigned read_params(mux_fcgi_request *r)
{
	char uri[URI_MAX], method[METHOD_MAX];

	if (!get_param(r, "REQUEST_METHOD", method, sizeof method))
		return 400;
	if (!get_param(r, "REQUEST_URI", uri, sizeof uri) &&
	    !get_param(r, "SCRIPT_NAME", uri, sizeof uri))
		return 400;
	mux_request_read(r->all->conn->all->cx->config, method, uri, &r->what);
	if (r->what.status)
		return r->what.status;
	return r->what.kind == MUX_REQUEST_UDP || r->what.kind == MUX_REQUEST_WEBSOCKET ? 426 : 0;
}

static void begin_exchange(mux_fcgi_request *r)
{
	const mux_client client = client_of(r);
	char text[MUX_ANSWER_MAX];

	mux_exchange_begin(&r->exchange, r->all->conn, &r->what, &client);
	if (r->what.kind == MUX_REQUEST_UP)
		return;
	unsigned status = mux_exchange_status(&r->exchange);
	if (status) {
		send_answer(r, status);
		return;
	}
	put(r, FCGI_STDOUT, text, mux_answer_stream_head_cgi(text));
	mux_exchange_stream(&r->exchange, MUX_WRAP_RECORD, r->id);
}

void mux_fcgi_request_params_end(mux_fcgi_requests *all, uint16_t id)
{
	mux_fcgi_request *r = find(all, id);

	if (!r || r->is_routed)
		return;
	mux_conn_count_request(all->conn);
	mux_turns_work(&all->conn->all->cx->turns, MUX_WORK_REQUEST);
	r->is_routed = true;
	r->status = read_params(r);
	if (!r->status)
		begin_exchange(r);
	free(r->params);
	r->params = NULL;
	r->params_n = 0;
}

/* --- its body, its end --- */

static bool is_reading_datagrams(const mux_fcgi_request *r)
{
	return r->what.kind == MUX_REQUEST_UP && mux_exchange_is_open(&r->exchange);
}

void mux_fcgi_request_stdin(mux_fcgi_requests *all, uint16_t id, uint8_t *p, size_t n)
{
	mux_fcgi_request *r = find(all, id);

	if (r && is_reading_datagrams(r))
		mux_exchange_data(&r->exchange, p, n);
}

void mux_fcgi_request_stdin_end(mux_fcgi_requests *all, uint16_t id)
{
	mux_fcgi_request *r = find(all, id);

	if (!r || !r->is_routed)
		return;
	if (is_reading_datagrams(r))
		send_answer(r, mux_exchange_finish(&r->exchange));
	else if (r->status)
		send_answer(r, r->status);
}

void mux_fcgi_request_abort(mux_fcgi_requests *all, uint16_t id)
{
	mux_fcgi_request *r = find(all, id);

	if (r)
		be_done(r);
}

void mux_fcgi_request_exchange_over(mux_exchange *x)
{
	mux_exchange_end_stream(x);
	be_done((mux_fcgi_request *)x);
}

/* --- all of them --- */

void mux_fcgi_requests_init(mux_fcgi_requests *all, mux_conn *c, const ip_addr *from)
{
	*all = (mux_fcgi_requests){ .conn = c, .from = *from };
}

void mux_fcgi_requests_end_streams(mux_fcgi_requests *all)
{
	for (mux_fcgi_request *r = all->first; r; r = r->next)
		if (r->what.kind == MUX_REQUEST_DOWN && mux_exchange_is_open(&r->exchange))
			mux_fcgi_request_exchange_over(&r->exchange);
}

void mux_fcgi_requests_writable(mux_fcgi_requests *all)
{
	for (mux_fcgi_request *r = all->first; r && !mux_conn_is_full(all->conn); r = r->next)
		if (mux_exchange_is_open(&r->exchange))
			mux_exchange_writable(&r->exchange);
}

static void request_free(mux_fcgi_request *r)
{
	mux_exchange_drop(&r->exchange);
	free(r->params);
	free(r);
}

void mux_fcgi_requests_sweep(mux_fcgi_requests *all)
{
	mux_fcgi_request **at = &all->first;

	all->has_done = false;
	while (*at) {
		mux_fcgi_request *r = *at;
		if (!r->is_done) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		all->n--;
		all->is_last |= !r->keep;
		request_free(r);
	}
}

void mux_fcgi_requests_drop(mux_fcgi_requests *all)
{
	while (all->first) {
		mux_fcgi_request *r = all->first;
		all->first = r->next;
		request_free(r);
	}
}

static uint64_t limit_ms(const mux_fcgi_request *r)
{
	if (!r->is_routed)
		return PARAMS_MS;
	if (r->status)
		return BODY_MS;
	/* How long a stream goes on is its session's matter. */
	return r->what.kind == MUX_REQUEST_DOWN ? UINT64_MAX
						: r->all->conn->all->cx->config->idle_ms;
}

uint64_t mux_fcgi_requests_limit_ms(const mux_fcgi_requests *all)
{
	uint64_t least = UINT64_MAX;

	for (const mux_fcgi_request *r = all->first; r; r = r->next)
		if (limit_ms(r) < least)
			least = limit_ms(r);
	return least;
}
