/* SPDX-License-Identifier: MIT */
#include "core/carrier/request.h"
#include "base/wire.h"
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TARGET_PORT = 4500 };

static void put(wire_wr *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(wire_wr *w, const char *fmt, ...)
{
	char text[CARRIER_REQUEST_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		w->bad = true;
	else
		wire_put(w, text, (size_t)n);
}

static size_t length_of(const wire_wr *w)
{
	return w->bad ? 0 : wire_len(w);
}

/* RFC 3986 2.3: all but the unreserved characters are escaped. */
static void put_segment(wire_wr *w, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			put(w, "%c", *text);
		else
			put(w, "%%%02X", (unsigned char)*text);
}

/* RFC 9112 3.2: the port is left out where it is the scheme's own. */
static void put_authority(wire_wr *w, const carrier_mux *m)
{
	put(w, strchr(m->host, ':') ? "[%s]" : "%s", m->host);
	if (m->port != (m->https ? 443 : 80))
		put(w, ":%u", m->port);
}

static void put_common(wire_wr *w, const carrier_mux *m)
{
	put(w, "Host: ");
	put_authority(w, m);
	put(w, "\r\nUser-Agent: homeward\r\n");
}

/* RFC 9298 3.2. */
size_t carrier_request_connect_udp(const carrier_mux *m, char out[CARRIER_REQUEST_MAX])
{
	wire_wr w = wire_writer(out, CARRIER_REQUEST_MAX);

	put(&w, "GET /.well-known/masque/udp/");
	put_segment(&w, m->target);
	put(&w, "/%d/ HTTP/1.1\r\n", TARGET_PORT);
	put_common(&w, m);
	put(&w, "Connection: Upgrade\r\nUpgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n");
	return length_of(&w);
}

/* RFC 6455 4.1. */
size_t carrier_request_websocket(const carrier_mux *m, char key[CARRIER_WS_KEY + 1],
				 char out[CARRIER_REQUEST_MAX])
{
	wire_wr w = wire_writer(out, CARRIER_REQUEST_MAX);
	uint8_t nonce[16];

	if (RAND_bytes(nonce, sizeof nonce) != 1)
		return 0;
	EVP_EncodeBlock((uint8_t *)key, nonce, sizeof nonce);
	put(&w, "GET /homeward/");
	put_segment(&w, m->target);
	put(&w, " HTTP/1.1\r\n");
	put_common(&w, m);
	put(&w,
	    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: %s\r\n\r\n",
	    key);
	return length_of(&w);
}

bool carrier_request_new_session(char session[CARRIER_SESSION + 1])
{
	uint8_t octets[CARRIER_SESSION / 2];
	bool ok = RAND_bytes(octets, sizeof octets) == 1;

	hex_encode(octets, sizeof octets, session);
	return ok;
}

/* RFC 9112 3.2.2: in absolute-form to a proxy. */
static bool make_uri(const carrier_plain_request *q, char out[HTTP_TARGET_MAX])
{
	wire_wr w = wire_writer(out, HTTP_TARGET_MAX);

	if (q->proxy) {
		put(&w, "http://");
		put_authority(&w, q->mux);
	}
	put(&w, "/homeward/");
	put_segment(&w, q->mux->target);
	put(&w, "/%s/%s", q->session, q->post ? "up" : "down");
	if (q->wait_ms)
		put(&w, "?wait=%u", q->wait_ms);
	wire_put_u8(&w, 0);
	return !w.bad;
}

size_t carrier_request_plain(const carrier_plain_request *q, char out[CARRIER_REQUEST_MAX],
			     bool *had_line)
{
	wire_wr w = wire_writer(out, CARRIER_REQUEST_MAX);
	const char *method = q->post ? "POST" : "GET";
	char uri[HTTP_TARGET_MAX], line[CARRIER_AUTH_LINE] = "";

	if (!make_uri(q, uri))
		return 0;
	*had_line = q->proxy && carrier_auth_line(q->auth, q->proxy, method, uri, line);
	put(&w, "%s %s HTTP/1.1\r\n", method, uri);
	put_common(&w, q->mux);
	put(&w, "%sCache-Control: no-store\r\n", line);
	if (q->post)
		put(&w, "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n",
		    q->body);
	put(&w, "\r\n");
	explicit_bzero(line, sizeof line);
	return length_of(&w);
}
