/* SPDX-License-Identifier: MIT */
#include "core/carrier/connect.h"
#include <stdio.h>
#include <string.h>

static bool on_head(void *ctx, const http_head *h)
{
	carrier_connect *c = ctx;

	if (http_status(h) < 200)
		return true; /* RFC 9110 15.2: the final answer is still to come */
	c->head = h;
	return false;
}

size_t carrier_connect_begin(carrier_connect *c, const carrier_mux *m, const carrier_proxy *p,
			     carrier_auth *a, char out[CARRIER_CONNECT_MAX])
{
	const http_events ev = { .ctx = c, .head = on_head };
	char to[URL_HOST + 16], line[CARRIER_AUTH_LINE];

	*c = (carrier_connect){ .http = http_parser_new(HTTP_RESPONSES, &ev) };
	if (!c->http)
		return 0;
	/* RFC 9112 3.2.3: authority-form, always with the port. */
	snprintf(to, sizeof to, strchr(m->host, ':') ? "[%s]:%u" : "%s:%u", m->host, m->port);
	c->had_line = carrier_auth_line(a, p, "CONNECT", to, line);
	int n = snprintf(out, CARRIER_CONNECT_MAX, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", to,
			 to, line);
	explicit_bzero(line, sizeof line);
	return (size_t)n;
}

void carrier_connect_end(carrier_connect *c)
{
	http_parser_free(c->http);
	*c = (carrier_connect){ 0 };
}

static carrier_connect_result fail(carrier_error *e, carrier_error_rank rank,
				   const carrier_proxy *p, const char *what)
{
	carrier_error_set(e, rank, "proxy %s%s", p->name, what);
	return CONNECT_FAILED;
}

static carrier_connect_result judge(const carrier_connect *c, const carrier_proxy *p,
				    carrier_auth *a, bool more, carrier_error *e)
{
	unsigned status = http_status(c->head);

	if (status < 300) {
		/* The multiplexer never speaks first, neither in TLS nor in HTTP. */
		if (more)
			return fail(e, CARRIER_UNREACHABLE, p,
				    ": sends more than the answer to CONNECT");
		if (c->had_line)
			carrier_auth_accepted(a);
		return CONNECT_ACCEPTED;
	}
	if (status == 407)
		return carrier_auth_challenge(a, p, c->head, c->had_line, e) ? CONNECT_CHALLENGE
									     : CONNECT_FAILED;
	if (status == 401 && c->had_line) /* what tinyproxy answers */
		return fail(e, CARRIER_CREDENTIALS, p, ": wrong user name or password");
	carrier_error_set(e, CARRIER_REFUSED, "proxy %s refuses CONNECT (%u)", p->name, status);
	return CONNECT_FAILED;
}

carrier_connect_result carrier_connect_octets(carrier_connect *c, const carrier_proxy *p,
					      carrier_auth *a, uint8_t *data, size_t n,
					      carrier_error *e)
{
	http_result r = http_feed(c->http, data, n);

	if (c->head)
		return judge(c, p, a, r.used < n, e);
	if (r.refuse)
		return fail(e, CARRIER_UNREACHABLE, p, " does not answer in HTTP");
	return CONNECT_PENDING;
}
