/* SPDX-License-Identifier: MIT */
#include "core/mux/http_request.h"

#include "core/mux/answer.h"
#include "core/mux/upgrade.h"

void mux_http_request_init(mux_http_request *r, mux_conn *c)
{
	*r = (mux_http_request){ .conn = c };
}

void mux_http_request_drop(mux_http_request *r)
{
	mux_exchange_drop(&r->exchange);
	mux_tunnel_free(r->tunnel);
	r->tunnel = NULL;
}

static void send_answer(mux_http_request *r, unsigned status)
{
	char text[MUX_ANSWER_MAX];
	const mux_answer a = { .status = status,
			       .kind = r->what.kind,
			       .allow = r->what.allow,
			       .head_only = r->head_only,
			       .close = r->close,
			       .unix_s = mux_timers_unix_s(&r->conn->all->cx->timers) };
	size_t n = mux_answer_put(&a, text);

	if (n > 0)
		mux_conn_write(r->conn, text, n);
	r->is_answered = true;
	r->is_last_answered |= r->close;
}

/* --- its head --- */

/* RFC 9110 10.1.1. */
static void send_continue(mux_http_request *r, const http_head *h)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (r->minor > 0 && http_has_token(h, "expect", "100-continue"))
		mux_conn_write(r->conn, text, sizeof text - 1);
}

/* 0, or the status that answers it. */
static unsigned open_tunnel(mux_http_request *r, const http_head *h, const mux_client *client)
{
	mux_request_kind k = r->what.kind;
	char text[MUX_UPGRADE_ANSWER];
	unsigned status = mux_upgrade_check(k, h);

	if (status)
		return status;
	size_t n = mux_upgrade_answer(k, h, text);
	if (n == 0)
		return 500;
	r->tunnel =
		mux_tunnel_new(r->conn->all->tunnels,
			       k == MUX_REQUEST_UDP ? MUX_TUNNEL_CONNECT_UDP : MUX_TUNNEL_WEBSOCKET,
			       r->what.target, client, r->conn, &r->conn->place, &status);
	if (r->tunnel)
		mux_conn_write(r->conn, text, n);
	return status;
}

/* Without a length of its own the body is chunked; HTTP/1.0 has no chunks, there it ends with the connection. */
static mux_http_next stream(mux_http_request *r)
{
	bool chunked = r->minor > 0;
	char text[MUX_ANSWER_MAX];
	size_t n =
		mux_answer_stream_head(chunked, mux_timers_unix_s(&r->conn->all->cx->timers), text);

	r->close |= !chunked;
	mux_conn_write(r->conn, text, n);
	mux_exchange_stream(&r->exchange, chunked ? MUX_WRAP_CHUNK : MUX_WRAP_CLOSE, 0);
	return MUX_HTTP_STREAM;
}

static mux_http_next begin_down(mux_http_request *r, const http_head *h, const mux_client *client)
{
	if (mux_has_body(h)) {
		r->what.status = 400;
		return MUX_HTTP_BODY;
	}
	mux_exchange_begin(&r->exchange, r->conn, &r->what, client);
	unsigned status = mux_exchange_status(&r->exchange);
	if (status == 0)
		return stream(r);
	mux_exchange_drop(&r->exchange);
	send_answer(r, status);
	return MUX_HTTP_BODY;
}

mux_http_next mux_http_request_begin(mux_http_request *r, const http_head *h,
				     const mux_client *client)
{
	mux_conn_count_request(r->conn);
	mux_turns_work(&r->conn->all->cx->turns, MUX_WORK_REQUEST);
	r->minor = http_minor(h);
	r->head_only = strcmp(http_method(h), "HEAD") == 0;
	r->close = !http_keep_alive(h);
	r->is_answered = false;
	r->in_body = true;
	mux_request_read(r->conn->all->cx->config, http_method(h), http_target(h), &r->what);
	if (r->what.status)
		return MUX_HTTP_BODY;
	switch (r->what.kind) {
	case MUX_REQUEST_UDP:
	case MUX_REQUEST_WEBSOCKET:
		r->what.status = open_tunnel(r, h, client);
		return r->what.status ? MUX_HTTP_BODY : MUX_HTTP_TUNNEL;
	case MUX_REQUEST_UP:
		send_continue(r, h);
		mux_exchange_begin(&r->exchange, r->conn, &r->what, client);
		return MUX_HTTP_DATAGRAMS;
	case MUX_REQUEST_DOWN:
		return begin_down(r, h, client);
	default:
		return MUX_HTTP_BODY;
	}
}

/* --- its body, its end --- */

void mux_http_request_body(mux_http_request *r, uint8_t *p, size_t n)
{
	if (mux_exchange_is_open(&r->exchange))
		mux_exchange_data(&r->exchange, p, n);
}

void mux_http_request_end(mux_http_request *r)
{
	r->in_body = false;
	if (mux_exchange_is_open(&r->exchange))
		send_answer(r, mux_exchange_finish(&r->exchange));
	else if (!r->is_answered)
		send_answer(r, r->what.status ? r->what.status : 404);
}

void mux_http_request_end_stream(mux_http_request *r)
{
	mux_exchange_end_stream(&r->exchange);
	r->in_body = false;
	r->is_answered = true;
	r->is_last_answered |= r->close;
}

bool mux_http_request_takes_datagrams(const mux_http_request *r)
{
	return mux_exchange_is_open(&r->exchange) && mux_exchange_status(&r->exchange) == 0;
}

void mux_http_request_refuse(mux_http_request *r, unsigned status)
{
	bool too_late = r->is_answered && r->in_body; /* that answer was for what is refused */

	r->close = true;
	r->head_only &= r->in_body;
	if (!too_late)
		send_answer(r, status);
	r->is_last_answered = true;
}

void mux_http_request_time_out(mux_http_request *r)
{
	unsigned refused =
		mux_exchange_is_open(&r->exchange) ? mux_exchange_status(&r->exchange) : 0;

	r->close = true;
	r->head_only &= r->in_body;
	send_answer(r, refused ? refused : 408);
}
