/* SPDX-License-Identifier: MIT */
/* conn_http.c - requests and their answers. While the parser runs nothing is freed: what ends the
 * connection is noted (`over`), and done behind it. */
#include "conn.h"

#include "base/clock.h"
#include "upgrade.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 64 * 1024, LATER_MAX = 16 * 1024, CHUNK_LINE = 16 };

void conn_answer(conn *c, unsigned status)
{
	char text[ANSWER_MAX];
	const answer a = { .status = status,
			   .kind = c->q.kind,
			   .allow = c->q.allow,
			   .head_only = c->head_only,
			   .close = c->close,
			   .unix_s = clock_unix_s() };
	size_t n = answer_put(&a, text);

	if (n)
		stream_write(c->s, text, n);
	c->answered = true;
	c->over |= c->close;
}

/* --- an exchange's side of it --- */

static conn *conn_of(const exchange *x)
{
	return (conn *)(void *)((uint8_t *)(uintptr_t)x - offsetof(conn, x));
}

static void x_answer(exchange *x, unsigned status)
{
	conn *c = conn_of(x);

	c->exchanging = c->held = false;
	conn_answer(c, status);
}

static void x_head(exchange *x)
{
	conn *c = conn_of(x);
	char text[ANSWER_MAX];
	bool chunked = c->minor > 0;
	size_t n = answer_stream_head(chunked, clock_unix_s(), text);

	c->close |= !chunked;
	stream_write(c->s, text, n);
}

static void x_piece(exchange *x, uint8_t *p, size_t n)
{
	conn *c = conn_of(x);
	char line[CHUNK_LINE];

	if (c->minor == 0) {
		stream_write(c->s, p, n);
		return;
	}
	int len = snprintf(line, sizeof line, "%zx\r\n", n);
	memcpy(p - len, line, (size_t)len);
	memcpy(p + n, "\r\n", 2);
	stream_write(c->s, p - len, (size_t)len + n + 2);
}

/* What came meanwhile is gone on with from the loop: the caller may be in the middle of another
 * connection's request. */
static void x_end(exchange *x)
{
	conn *c = conn_of(x);

	if (c->minor > 0)
		stream_write(c->s, "0\r\n\r\n", 5);
	c->exchanging = c->held = false;
	c->answered = c->resume = true;
	c->over |= c->close;
	due_in(c->m, &c->due, 0);
}

static bool x_full(const exchange *x)
{
	return stream_full(conn_of(x)->s);
}

static const exchange_ops http_ops = { x_answer, x_head, x_piece, x_end, x_full };

/* --- a request --- */

/* Some proxies write the port, too. */
static bool read_forwarded(const char *value, ip_addr *out)
{
	char text[ENDPOINT_STRLEN];
	endpoint at;
	const char *last = strrchr(value, ',');

	last = last ? last + 1 : value;
	last += strspn(last, " \t");
	size_t n = strcspn(last, " \t");
	if (n >= sizeof text)
		return false;
	memcpy(text, last, n);
	text[n] = '\0';
	if (ip_parse(text, out))
		return true;
	if (!endpoint_parse(text, 0, &at))
		return false;
	*out = at.addr;
	return true;
}

/* RFC 7239's forerunner: the last address is what the proxy in front of us saw. */
static mux_client client_of(const conn *c, const http_head *h)
{
	mux_client who = c->who;
	const char *value = NULL, *v;
	ip_addr a;

	if (who.source)
		return who;
	for (unsigned at = 0; (v = http_next(h, "x-forwarded-for", &at));)
		value = v;
	if (value && read_forwarded(value, &a))
		who.from = a;
	return who;
}

static void begin_exchange(conn *c, const mux_client *who)
{
	c->x = (exchange){ .m = c->m, .ops = &http_ops };
	c->exchanging = true;
	plain_begin(&c->x, &c->q, who);
}

/* RFC 9110 10.1.1. */
static void say_continue(conn *c, const http_head *h)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (c->minor > 0 && http_has_token(h, "expect", "100-continue"))
		stream_write(c->s, text, sizeof text - 1);
}

static bool wants_body(const http_head *h)
{
	const char *length = http_get(h, "content-length");

	return http_get(h, "transfer-encoding") ||
	       (length && strspn(length, "0") != strlen(length));
}

/* False: what follows the head is not to be read as HTTP, for now or for good. */
static bool grant(conn *c, const http_head *h)
{
	const mux_client who = client_of(c, h);

	switch (c->q.kind) {
	case REQUEST_UDP:
	case REQUEST_WEBSOCKET:
		c->q.status = upgrade_check(c->q.kind, h);
		if (!c->q.status)
			c->q.status = conn_upgrade(c, h, &who);
		return c->q.status != 0;
	case REQUEST_UP:
		http_body_max(c->http, UINT64_MAX);
		say_continue(c, h);
		begin_exchange(c, &who);
		c->in_vain = c->x.status != 0;
		return true;
	case REQUEST_DOWN:
		c->q.status = wants_body(h) ? 400 : 0;
		if (c->q.status)
			return true;
		c->held = true;
		begin_exchange(c, &who);
		return !c->held && !c->resume;
	default:
		return true;
	}
}

static bool on_head(void *ctx, const http_head *h)
{
	conn *c = ctx;
	mux *m = c->m;

	m->counts.requests++;
	c->minor = http_minor(h);
	c->head_only = strcmp(http_method(h), "HEAD") == 0;
	c->close = !http_keep_alive(h);
	c->answered = false;
	c->in_body = true;
	c->in_vain = false;
	c->wait = WAIT_NOTHING; /* what is waited for next has all its time */
	request_read(m->conf, http_method(h), http_target(h), &c->q);
	return c->q.status || grant(c, h);
}

static void on_body(void *ctx, uint8_t *p, size_t n)
{
	conn *c = ctx;

	if (!c->exchanging)
		return;
	plain_data(&c->x, p, n);
	if (c->x.status && !c->in_vain) {
		c->in_vain = true;
		c->wait = WAIT_NOTHING; /* from here on as any other body */
	}
}

static void on_end(void *ctx)
{
	conn *c = ctx;

	c->in_body = false;
	if (c->exchanging)
		plain_end(&c->x);
	else if (!c->answered)
		conn_answer(c, c->q.status ? c->q.status : 404);
}

bool conn_http_new(conn *c)
{
	const http_events ev = { c, on_head, on_body, on_end };

	c->http = http_parser_new(HTTP_REQUESTS, &ev);
	if (c->http)
		http_body_max(c->http, BODY_MAX);
	return c->http != NULL;
}

static void refuse(conn *c, const http_result *r)
{
	c->m->counts.malformed++;
	mux_note(c->m, &c->who.from, "a request is refused", r->why);
	if (c->exchanging)
		plain_drop(&c->x);
	c->exchanging = false;
	c->close = true;
	c->head_only &= c->in_body;
	if (!c->answered || !c->in_body)
		conn_answer(c, r->refuse);
	c->over = true;
}

/* More than a little is left in the socket. */
static void keep(conn *c, const uint8_t *p, size_t n)
{
	uint8_t *all = n ? realloc(c->later, c->later_n + n) : c->later;

	if (n && !all) {
		c->over = true;
		return;
	}
	c->later = all;
	if (n)
		memcpy(c->later + c->later_n, p, n);
	c->later_n += n;
	if (c->later_n > LATER_MAX)
		stream_pause(c->s, true);
}

static void become_tunnel(conn *c, uint8_t *p, size_t n)
{
	http_parser_free(c->http);
	c->http = NULL;
	conn_set_wait(c, WAIT_NOTHING);
	tunnel_watch_reader(c->t, true);
	if (n)
		conn_tunnel_data(c, p, n);
}

static void feed(conn *c, uint8_t *p, size_t n)
{
	http_result r = http_feed(c->http, p, n);

	if (r.refuse && !c->over)
		refuse(c, &r);
	if (r.upgraded && c->t) {
		become_tunnel(c, p + r.used, n - r.used);
		return;
	}
	if (r.upgraded) {
		c->in_body = false;
		keep(c, p + r.used, n - r.used);
	}
	if (!c->over && stream_full(c->s) && !c->held)
		stream_pause(c->s, true); /* who does not read answers is asked no more */
	conn_look(c);
}

void conn_http_data(conn *c, uint8_t *p, size_t n)
{
	if (c->held || c->resume)
		keep(c, p, n);
	else
		feed(c, p, n);
}

void conn_http_resume(conn *c)
{
	uint8_t *p = c->later;
	size_t n = c->later_n;

	c->resume = false;
	c->later = NULL;
	c->later_n = 0;
	http_parser_free(c->http);
	if (!conn_http_new(c)) {
		free(p);
		conn_finish(c);
		return;
	}
	stream_pause(c->s, false);
	c->wait = WAIT_NOTHING;
	if (n)
		feed(c, p, n); /* may end it */
	else
		conn_look(c);
	free(p);
}
