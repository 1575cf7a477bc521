/* SPDX-License-Identifier: MIT */
/* What a web proxy answers to CONNECT, on one connection after the other: the input, cut at octets 0. However
 * it comes in pieces, it is judged the same, once, after a bounded number of requests, each of them one head
 * that does not show the password. */
#include "core/carrier/conn.h"
#include "oracle.h"

enum { ASKED_MAX = 5, NUMBER = 6 };

static const char password[] = "pass:word-of-alice";

typedef struct script {          /* the proxy's part */
	const uint8_t *at, *end; /* of what the connections to come are to be sent */
	bool open;
	unsigned asked, requests, secured;
	const uint8_t *say, *said; /* on this connection */
} script;

static bool on_request(void *ctx, const http_head *h)
{
	bool *ok = ctx;

	*ok = strcmp(http_method(h), "CONNECT") == 0 &&
	      strcmp(http_target(h), "mux.example:443") == 0;
	return false;
}

static void check_request(void *ctx, unsigned conn, const void *p, size_t n)
{
	script *s = ctx;
	bool ok = false;
	uint8_t copy[CARRIER_CONNECT_MAX];
	http_parser *http =
		http_parser_new(HTTP_REQUESTS, &(http_events){ .ctx = &ok, .head = on_request });

	oracle_check(http != NULL && s->open && conn == NUMBER && n <= sizeof copy);
	memcpy(copy, p, n);
	http_result r = http_feed(http, copy, n);
	oracle_check(ok && !r.refuse && r.used == n);
	oracle_check(!memmem(p, n, password, sizeof password - 1));
	oracle_check(++s->requests == s->asked); /* one on each connection */
	oracle_check(s->asked > 1 || !memmem(p, n, "Authorization", 13));
	http_parser_free(http);
}

static bool open_connection(void *ctx, unsigned conn, const carrier_target *t, err *e)
{
	script *s = ctx;
	const uint8_t *cut = s->at < s->end ? memchr(s->at, 0, (size_t)(s->end - s->at)) : NULL;

	(void)e;
	oracle_check(conn == NUMBER && t->to.port == 3128 && !t->socks && !t->tls);
	oracle_check(++s->asked <= ASKED_MAX && !s->open && !s->secured);
	s->open = true;
	s->say = s->at;
	s->said = cut ? cut : s->end;
	s->at = cut ? cut + 1 : s->end;
	return true;
}

static void close_connection(void *ctx, unsigned conn)
{
	script *s = ctx;

	oracle_check(s->open && conn == NUMBER);
	s->open = false;
}

static bool start_tls(void *ctx, unsigned conn, err *e)
{
	script *s = ctx;

	(void)e;
	oracle_check(s->open && conn == NUMBER && !s->secured);
	s->secured++;
	return true;
}

typedef struct outcome {
	unsigned asked;
	bool through;
	carrier_error error;
} outcome;

/* The next piece of what the proxy sends, or the end of the connection. */
static carrier_result step(script *s, carrier_conn *c, size_t piece, carrier_error *e)
{
	uint8_t copy[4096];
	size_t left = (size_t)(s->said - s->say), n = left < piece ? left : piece;

	if (n > sizeof copy)
		n = sizeof copy;
	if (c->state == CONN_OPENING)
		return carrier_conn_opened(c, e);
	if (n == 0) {
		carrier_conn_closed(c, NULL, e);
		return CARRIER_FAILED;
	}
	memcpy(copy, s->say, n);
	s->say += n;
	return carrier_conn_octets(c, copy, n, e);
}

static outcome ask(const uint8_t *data, size_t n, size_t piece, const carrier_proxy *p)
{
	const carrier_mux mux = { .https = true, .host = "mux.example", .port = 443 };
	const carrier_conf conf = { .mux = &mux };
	script s = { .at = data, .end = data + n };
	const carrier_env env = { .ctx = &s,
				  .open = open_connection,
				  .start_tls = start_tls,
				  .write = check_request,
				  .close = close_connection };
	carrier_route route = { .conf = &conf, .env = &env, .proxy = p, .to = p->at };
	carrier_conn c;
	outcome o = { 0 };

	carrier_conn_init(&c, &route, NUMBER);
	carrier_result r = carrier_conn_open(&c, &o.error);
	while (r == CARRIER_PENDING && !s.secured)
		r = step(&s, &c, piece, &o.error);
	o.asked = s.asked;
	o.through = s.secured > 0;
	oracle_check(o.through || r == CARRIER_FAILED);
	oracle_check(o.through || strncmp(o.error.text, "proxy squid:3128", 16) == 0);
	oracle_check(!strstr(o.error.text, password) && !route.absolute);
	oracle_check(!o.through || !route.auth.challenges);
	oracle_check(!o.through || s.open);
	carrier_conn_close(&c);
	oracle_check(!s.open);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	carrier_proxy p = { .at.port = 3128, .name = "squid:3128" };

	if (n < 2)
		return 0;
	if (data[0] & 1) {
		strcpy(p.user, "alice");
		strcpy(p.password, password);
	}
	outcome whole = ask(data + 2, n - 2, n, &p);
	outcome pieces = ask(data + 2, n - 2, 1u + data[1], &p);
	oracle_check(whole.asked == pieces.asked);
	/* What follows a good answer may not have come yet when it is judged. */
	if (!whole.through && !strstr(whole.error.text, "more than the answer"))
		oracle_check(!pieces.through && whole.error.rank == pieces.error.rank);
	return 0;
}
