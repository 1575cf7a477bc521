/* SPDX-License-Identifier: MIT */
#include "core/carrier/channel.h"
#include "core/carrier/answer.h"
#include <string.h>

void carrier_channel_init(carrier_channel *c, carrier_route *r, unsigned number,
			  const char *session, carrier_tunnel *tunnel)
{
	*c = (carrier_channel){ .session = session, .tunnel = tunnel, .connect_ms = UINT64_MAX };
	carrier_conn_init(&c->conn, r, number);
}

static bool is_post(const carrier_channel *c)
{
	return c->tunnel == NULL;
}

void carrier_channel_close(carrier_channel *c)
{
	carrier_conn_close(&c->conn);
	http_parser_free(c->http);
	c->http = NULL;
	c->in_flight = c->served = 0;
	c->kept = false;
}

void carrier_channel_connect_at(carrier_channel *c, uint64_t at_ms)
{
	carrier_channel_close(c);
	c->connect_ms = at_ms;
}

void carrier_channel_set_single(carrier_channel *c)
{
	c->single = true;
}

void carrier_channel_count_failure(carrier_channel *c)
{
	c->failures++;
}

/* ---- answers ---- */

static bool is_final(const http_head *h)
{
	return http_status(h) >= 200; /* RFC 9110 15.2 */
}

static bool on_head(void *ctx, const http_head *h)
{
	carrier_channel *c = ctx;

	c->head = h;
	if (!is_final(h))
		return true;
	if (c->had_line && http_status(h) != 407)
		carrier_auth_accepted(&c->conn.route->auth);
	if (http_status(h) >= 300 || carrier_answer_is_html(h)) {
		c->events |= CHANNEL_REFUSED;
		return false;
	}
	c->kept = http_keep_alive(h) && !c->single;
	c->served++;
	c->failures = 0;
	c->events |= CHANNEL_BEGUN;
	if (c->tunnel)
		carrier_tunnel_restart(c->tunnel);
	return true;
}

static void on_body(void *ctx, uint8_t *p, size_t n)
{
	carrier_channel *c = ctx;

	if (c->tunnel)
		carrier_tunnel_octets(c->tunnel, p, n);
}

static void on_end(void *ctx)
{
	carrier_channel *c = ctx;

	if (!is_final(c->head))
		return;
	c->events |= CHANNEL_ENDED;
	if (c->in_flight)
		c->in_flight--;
}

static void read_answers(carrier_channel *c, uint8_t *p, size_t n, carrier_error *e)
{
	http_result r = http_feed(c->http, p, n);

	if (!r.refuse || (c->events & CHANNEL_REFUSED))
		return;
	carrier_error_set(e, CARRIER_ANSWERED, "the answer is not HTTP: %s", r.why);
	c->events |= CHANNEL_FAILED;
}

/* ---- the connection ---- */

/* What a step of the connection brought. */
static unsigned advance(carrier_channel *c, carrier_result r, carrier_error *e)
{
	const http_events ev = { .ctx = c, .head = on_head, .body = on_body, .end = on_end };

	if (r != CARRIER_READY)
		return r == CARRIER_FAILED ? CHANNEL_FAILED : 0;
	c->http = http_parser_new(HTTP_RESPONSES, &ev);
	if (c->http)
		return CHANNEL_OPENED;
	carrier_error_set(e, CARRIER_UNREACHABLE, "no memory");
	return CHANNEL_FAILED;
}

unsigned carrier_channel_connect(carrier_channel *c, carrier_error *e)
{
	c->connect_ms = UINT64_MAX;
	return advance(c, carrier_conn_open(&c->conn, e), e);
}

unsigned carrier_channel_opened(carrier_channel *c, carrier_error *e)
{
	return advance(c, carrier_conn_opened(&c->conn, e), e);
}

unsigned carrier_channel_octets(carrier_channel *c, uint8_t *p, size_t n, bool by_line,
				size_t *used, carrier_error *e)
{
	if (!carrier_channel_is_open(c))
		return advance(c, carrier_conn_octets(&c->conn, p, n, e), e);
	c->events = 0;
	for (size_t at = 0; at < n && !c->events; at = *used) {
		const uint8_t *line_end = by_line ? memchr(p + at, '\n', n - at) : NULL;
		*used = line_end ? (size_t)(line_end - p) + 1 : n;
		read_answers(c, p + at, *used - at, e);
	}
	return c->events;
}

void carrier_channel_ask(carrier_channel *c, uint64_t now_ms, unsigned wait_ms, uint8_t *body,
			 size_t n)
{
	carrier_route *r = c->conn.route;
	const carrier_plain_request q = { .mux = r->conf->mux,
					  .session = c->session,
					  .post = is_post(c),
					  .body = n,
					  .wait_ms = wait_ms,
					  .proxy = r->absolute ? r->proxy : NULL,
					  .auth = &r->auth };
	char head[CARRIER_REQUEST_MAX];
	size_t len = carrier_request_plain(&q, head, &c->had_line);

	c->in_flight++;
	c->asked_ms = now_ms;
	if (len && body)
		carrier_conn_write(&c->conn, memcpy(body - len, head, len), len + n);
	else if (len)
		carrier_conn_write(&c->conn, head, len);
	explicit_bzero(head, sizeof head);
}

bool carrier_channel_is_open(const carrier_channel *c)
{
	return c->http != NULL;
}

bool carrier_channel_can_write(const carrier_channel *c)
{
	return c->http && carrier_conn_can_write(&c->conn);
}
