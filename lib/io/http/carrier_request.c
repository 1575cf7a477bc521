/* SPDX-License-Identifier: MIT */
/* carrier_request.c - the requests of the three methods (docs/protocol.md, HTTP carriers), and what their
 * answers say. */
#include "io/http/carrier_priv.h"
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

enum { TARGET_PORT = 4500, AUTHORITY = URL_HOST + 16 };

static void put(wire_wr *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(wire_wr *w, const char *fmt, ...)
{
	char text[REQUEST_MAX];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		w->bad = true;
	else
		wire_put(w, text, (size_t)n);
}

/* RFC 3986 2.3: all but the unreserved ones are escaped. */
static void put_segment(wire_wr *w, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			put(w, "%c", *text);
		else
			put(w, "%%%02X", (unsigned char)*text);
}

/* RFC 9112 3.2: the port is left out where it is the scheme's own. */
static const char *authority(const carrier_mux *m, char out[AUTHORITY])
{
	const char *host = strchr(m->host, ':') ? "[%s]" : "%s";
	int n = snprintf(out, AUTHORITY, host, m->host);
	if (m->port != (m->https ? 443 : 80))
		snprintf(out + n, AUTHORITY - (size_t)n, ":%u", m->port);
	return out;
}

static void put_common(wire_wr *w, const carrier_mux *m)
{
	char a[AUTHORITY];
	put(w, "Host: %s\r\nUser-Agent: homeward\r\n", authority(m, a));
}

/* RFC 9298 3.2. */
wire_wr request_connect_udp(const carrier_mux *m, char out[REQUEST_MAX])
{
	wire_wr w = wire_writer(out, REQUEST_MAX);
	put(&w, "GET /.well-known/masque/udp/");
	put_segment(&w, m->target);
	put(&w, "/%d/ HTTP/1.1\r\n", TARGET_PORT);
	put_common(&w, m);
	put(&w, "Connection: Upgrade\r\nUpgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n");
	return w;
}

/* RFC 6455 4.1. */
wire_wr request_websocket(const carrier_mux *m, char key[WS_KEY_LEN + 1], char out[REQUEST_MAX])
{
	wire_wr w = wire_writer(out, REQUEST_MAX);
	uint8_t nonce[16];
	if (RAND_bytes(nonce, sizeof nonce) != 1)
		w.bad = true;
	EVP_EncodeBlock((uint8_t *)key, nonce, sizeof nonce);
	put(&w, "GET /homeward/");
	put_segment(&w, m->target);
	put(&w, " HTTP/1.1\r\n");
	put_common(&w, m);
	put(&w,
	    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: %s\r\n\r\n",
	    key);
	return w;
}

bool request_new_session(char session[SESSION_LEN + 1])
{
	uint8_t octets[SESSION_LEN / 2];
	bool ok = RAND_bytes(octets, sizeof octets) == 1;
	hex_encode(octets, sizeof octets, session);
	return ok;
}

/* RFC 9112 3.2.2: in absolute-form to a proxy. */
static void plain_uri(const plain_request *q, char out[HTTP_TARGET_MAX])
{
	const carrier_mux *m = q->route->conf->mux;
	char a[AUTHORITY];
	wire_wr w = wire_writer(out, HTTP_TARGET_MAX);
	if (q->route->absolute)
		put(&w, "http://%s", authority(m, a));
	put(&w, "/homeward/");
	put_segment(&w, m->target);
	put(&w, "/%s/%s", q->session, q->up ? "up" : "down");
	if (q->wait_ms)
		put(&w, "?wait=%u", q->wait_ms);
	wire_put_u8(&w, 0);
}

wire_wr request_plain(plain_request *q, char out[REQUEST_MAX])
{
	wire_wr w = wire_writer(out, REQUEST_MAX);
	const char *method = q->up ? "POST" : "GET";
	char uri[HTTP_TARGET_MAX], line[PROXY_AUTH_LINE] = "";
	plain_uri(q, uri);
	q->had_line = q->route->absolute &&
		      proxy_auth_line(&q->route->auth, q->route->proxy, method, uri, line);
	put(&w, "%s %s HTTP/1.1\r\n", method, uri);
	put_common(&w, q->route->conf->mux);
	put(&w, "%sCache-Control: no-store\r\n", line);
	if (q->up)
		put(&w, "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n",
		    q->body);
	put(&w, "\r\n");
	explicit_bzero(line, sizeof line);
	return w;
}

static bool is_upgrade(const http_head *h, const char *to)
{
	return http_status(h) == 101 && http_has_token(h, "connection", "upgrade") &&
	       http_has_token(h, "upgrade", to);
}

bool answer_is_connect_udp(const http_head *h)
{
	return is_upgrade(h, "connect-udp");
}

/* RFC 6455 4.1, 4.2.2. */
bool answer_is_websocket(const http_head *h, const char *key)
{
	char text[WS_KEY_LEN + 40];
	uint8_t sum[20], want[32];
	unsigned len = 0;
	const char *got = http_get(h, "sec-websocket-accept");
	int n = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	if (!is_upgrade(h, "websocket") || !got ||
	    EVP_Digest(text, (size_t)n, sum, &len, EVP_sha1(), NULL) != 1)
		return false;
	EVP_EncodeBlock(want, sum, sizeof sum);
	return strcmp(got, (const char *)want) == 0;
}

bool answer_is_html(const http_head *h)
{
	const char *type = http_get(h, "content-type");
	return type && strncasecmp(type, "text/html", strlen("text/html")) == 0;
}

void answer_why(const http_head *h, why_text *why)
{
	unsigned status = http_status(h);
	const char *to = http_get(h, "location");
	if (status >= 300 && status < 400 && to)
		why_set(why, WHY_PORTAL, "captive portal at %.128s", to);
	else if (status == 511) /* RFC 6585 6 */
		why_set(why, WHY_PORTAL, "captive portal: network authentication required (511)");
	else if (status < 300 && answer_is_html(h))
		why_set(why, WHY_ANSWER, "a web server that is no multiplexer answers");
	else if (status == 404)
		why_set(why, WHY_ANSWER,
			"404 Not Found: no multiplexer there, or it has no such target");
	else if (status == 504)
		why_set(why, WHY_ANSWER, "504 Gateway Timeout: the multiplexer's target is down");
	else
		why_set(why, WHY_ANSWER, "the multiplexer's answer is %u %.64s", status,
			http_reason(h));
}
