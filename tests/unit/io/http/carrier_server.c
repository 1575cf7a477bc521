/* SPDX-License-Identifier: MIT */
#include "carrier_server.h"
#include "io/net/tcp.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(server_peer *p, const char *text)
{
	if (p->stream && !stream_full(p->stream))
		stream_write(p->stream, text, strlen(text));
}

static void hang_up(server_peer *p)
{
	if (p->server->down == p)
		p->server->down = NULL;
	stream_finish(p->stream);
	p->stream = NULL;
	p->stop = true;
}

void server_note(server *s, const char *a, const char *b)
{
	size_t n = strlen(s->log);

	snprintf(s->log + n, sizeof s->log - n, "%s %s\n", a, b);
}

bool server_saw(const server *s, const char *text)
{
	return strstr(s->log, text) != NULL;
}

/* ---- tunnels: what comes goes back ---- */

static void chunk(server_peer *p, const uint8_t *data, size_t n)
{
	char text[FRAMING_DATAGRAM_MAX + 64];
	int head = snprintf(text, sizeof text, "%zx\r\n", n);

	memcpy(text + head, data, n);
	memcpy(text + head + n, "\r\n", 2);
	stream_write(p->stream, text, (size_t)head + n + 2);
	p->sent += n;
	if (p->server->script.end_after && p->sent >= p->server->script.end_after) {
		say(p, "0\r\n\r\n");
		p->server->down = NULL;
	}
}

static void echo(void *ctx, uint8_t *data, size_t n)
{
	server_peer *p = ctx, *to = p->tunnel ? p : p->server->down;
	uint8_t out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD];
	size_t len = framing_put(p->framing, data, n, out);

	p->server->heard++;
	if (p->server->awaited && n >= 4 && memcmp(data, &p->server->awaited, 4) == 0)
		p->server->awaited_at = p->server->heard;
	if (!to || !to->stream || stream_full(to->stream))
		return;
	p->server->echoed++;
	if (p->tunnel)
		stream_write(to->stream, out, len);
	else
		chunk(to, out, len);
}

static void no_reply(void *ctx, const uint8_t *data, size_t n)
{
	(void)ctx, (void)data, (void)n;
}

static void feed_tunnel(server_peer *p, uint8_t *data, size_t n)
{
	const framing_events ev = { .ctx = p, .datagram = echo, .reply = no_reply };
	const char *why;

	if (n && framing_feed(p->framing, data, n, &ev, &why) != FRAMING_OK)
		hang_up(p);
}

/* ---- requests ---- */

static bool tunnel(server_peer *p, framing_kind kind)
{
	p->framing = framing_new(kind, FRAMING_SERVER);
	p->tunnel = true;
	return false;
}

static bool upgrade_websocket(server_peer *p, const http_head *h)
{
	char text[128], answer[256];
	uint8_t sum[20], accept[32];
	unsigned n;

	snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
		 p->server->script.wrong_accept ? "x" : http_get(h, "sec-websocket-key"));
	EVP_Digest(text, strlen(text), sum, &n, EVP_sha1(), NULL);
	EVP_EncodeBlock(accept, sum, 20);
	snprintf(answer, sizeof answer,
		 "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		 "Sec-WebSocket-Accept: %s\r\n\r\n",
		 (char *)accept);
	say(p, answer);
	return tunnel(p, FRAMING_WEBSOCKET);
}

static bool upgrade(server_peer *p, const http_head *h)
{
	const server_script *x = &p->server->script;

	if (x->close_upgrade) {
		hang_up(p);
		return false;
	}
	if (x->connect_udp && http_has_token(h, "upgrade", "connect-udp")) {
		say(p, "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: connect-udp\r\n"
		       "Capsule-Protocol: ?1\r\n\r\n");
		return tunnel(p, FRAMING_CAPSULE);
	}
	if (x->websocket && http_has_token(h, "upgrade", "websocket"))
		return upgrade_websocket(p, h);
	say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static bool take_connect(server_peer *p)
{
	say(p, "HTTP/1.1 200 Yes\r\n\r\n");
	p->through = true;
	return false;
}

static bool plain_request(server_peer *p, const http_head *h)
{
	server *s = p->server;

	if (!s->script.plain) {
		say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	if (strcmp(http_method(h), "POST") == 0) {
		s->posts++;
		framing_free(p->framing);
		p->framing = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
		return true;
	}
	s->gets++;
	s->down = p;
	p->sent = 0;
	say(p, "HTTP/1.1 200 Yes\r\nTransfer-Encoding: chunked\r\n"
	       "Content-Type: application/octet-stream\r\n\r\n");
	return true;
}

static bool on_head(void *ctx, const http_head *h)
{
	server_peer *p = ctx;
	server *s = p->server;

	p->close = s->script.close_posts || !http_keep_alive(h);
	server_note(s, http_method(h), http_target(h));
	p->head = h;
	if (s->script.raw) {
		say(p, s->script.raw);
		return true;
	}
	if (strcmp(http_method(h), "CONNECT") == 0)
		return take_connect(p);
	return http_get(h, "upgrade") ? upgrade(p, h) : plain_request(p, h);
}

static void on_body(void *ctx, uint8_t *data, size_t n)
{
	server_peer *p = ctx;

	if (p->framing)
		feed_tunnel(p, data, n);
}

static void on_end(void *ctx)
{
	server_peer *p = ctx;
	bool close = p->close;

	if (!p->framing || p->tunnel || p->stop)
		return;
	say(p,
	    close ? "HTTP/1.1 204 Yes\r\nConnection: close\r\n\r\n" : "HTTP/1.1 204 Yes\r\n\r\n");
	if (close)
		hang_up(p);
}

/* ---- connections ---- */

static void on_data(void *ctx, uint8_t *data, size_t n)
{
	server_peer *p = ctx;
	const server_script *x = &p->server->script;

	if (x->silent || p->stop)
		return;
	if (x->socks && !p->through) {
		if (!server_socks(p, data, n))
			hang_up(p);
		return;
	}
	if (p->tunnel) {
		feed_tunnel(p, data, n);
		return;
	}
	http_result r = http_feed(p->http, data, n);
	if (p->stop)
		return;
	if (p->tunnel) {
		feed_tunnel(p, data + r.used, n - r.used);
	} else if (p->through && !x->socks) { /* what comes now is for the other end */
		const http_events ev = {
			.ctx = p, .head = on_head, .body = on_body, .end = on_end
		};
		http_parser_free(p->http);
		p->http = http_parser_new(HTTP_REQUESTS, &ev);
		p->through = false;
	} else if (r.refuse) {
		hang_up(p);
	}
}

static void on_closed(void *ctx, const char *why)
{
	server_peer *p = ctx;

	(void)why;
	hang_up(p);
}

static void on_connection(void *ctx)
{
	server *s = ctx;
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 || s->n_peers == SERVER_PEERS) {
		close(fd);
		return;
	}
	server_peer *p = &s->peers[s->n_peers++];
	const stream_events sev = { .ctx = p, .data = on_data, .closed = on_closed };
	const http_events ev = { .ctx = p, .head = on_head, .body = on_body, .end = on_end };
	*p = (server_peer){ .server = s, .http = http_parser_new(HTTP_REQUESTS, &ev) };
	p->stream = stream_new(s->loop, fd, s->script.tls, NULL, &sev, NULL);
}

bool server_open(server *s, io_loop *l, const server_script *script, uint8_t last, uint16_t port)
{
	err e;
	endpoint at = { .addr = ip4(127, 0, 0, last), .port = port };
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	*s = (server){ .loop = l, .script = *script };
	s->fd = tcp_listen(&at, &e);
	s->watch = s->fd >= 0 ? io_watch_new(l, s->fd, on_connection, s, &e) : NULL;
	return s->watch && getsockname(s->fd, (struct sockaddr *)&ss, &n) == 0 &&
	       endpoint_from_sockaddr((struct sockaddr *)&ss, &s->at);
}

void server_hang_up(server *s)
{
	for (unsigned i = 0; i < s->n_peers; i++)
		if (s->peers[i].stream)
			hang_up(&s->peers[i]);
}

void server_close(server *s)
{
	server_hang_up(s);
	for (unsigned i = 0; i < s->n_peers; i++) {
		http_parser_free(s->peers[i].http);
		framing_free(s->peers[i].framing);
	}
	io_watch_free(s->watch);
	close(s->fd);
}
