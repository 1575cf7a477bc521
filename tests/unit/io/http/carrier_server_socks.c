/* SPDX-License-Identifier: MIT */
/* carrier_server_socks.c - the test's server as a SOCKS gate: RFC 1928, RFC 1929, and SOCKS 4. */
#include "carrier_server.h"
#include <stdio.h>
#include <string.h>

static bool socks5_password(server_peer *p, const uint8_t *d)
{
	const server_script *x = &p->server->script;
	bool right = d[1] == strlen(x->user) && memcmp(d + 2, x->user, d[1]) == 0 &&
		     d[2 + d[1]] == strlen(x->password) &&
		     memcmp(d + 3 + d[1], x->password, d[2 + d[1]]) == 0;

	stream_write(p->stream, right ? "\1\0" : "\1\1", 2);
	p->socks_step = 2;
	return right;
}

static bool socks5(server_peer *p, const uint8_t *d, size_t n)
{
	const server_script *x = &p->server->script;
	uint8_t reply[10] = { 5, (uint8_t)x->socks_reply, 0, 1 };
	char text[300];

	if (p->socks_step == 0) {
		bool offered = memchr(d + 2, x->user ? 2 : 0, d[1]) != NULL;
		stream_write(p->stream, !offered ? "\5\xff" : x->user ? "\5\2" : "\5\0", 2);
		p->socks_step = x->user ? 1 : 2;
		return offered;
	}
	if (p->socks_step == 1)
		return socks5_password(p, d);
	if (n < 7 || d[3] != 3)
		return false;
	snprintf(text, sizeof text, "%.*s:%u", d[4], (const char *)d + 5, load_be16(d + 5 + d[4]));
	server_note(p->server, "SOCKS5", text);
	stream_write(p->stream, reply, sizeof reply);
	p->through = true;
	return x->socks_reply == 0;
}

static bool socks4(server_peer *p, const uint8_t *d, size_t n)
{
	const server_script *x = &p->server->script;
	uint8_t reply[8] = { 0, (uint8_t)(x->socks_reply ? 91 : 90) };
	char text[300];

	if (n < 9)
		return false;
	snprintf(text, sizeof text, "%u.%u.%u.%u:%u %s", d[4], d[5], d[6], d[7], load_be16(d + 2),
		 (const char *)d + 8);
	server_note(p->server, "SOCKS4", text);
	stream_write(p->stream, reply, sizeof reply);
	p->through = true;
	return x->socks_reply == 0;
}

bool server_socks(server_peer *p, const uint8_t *d, size_t n)
{
	return p->server->script.socks == 5 ? socks5(p, d, n) : socks4(p, d, n);
}
