/* SPDX-License-Identifier: MIT */
/* carrier_host.c - what hosts answer. */
#include "carrier_trial.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static void say(host_peer *p, const char *text)
{
	trial_to_client(p->trial, p->conn, text, strlen(text));
}

static void hang_up(host_peer *p)
{
	if (p->trial->get == p)
		p->trial->get = NULL;
	p->stop = true;
	trial_close_to_client(p->trial, p->conn, NULL);
}

/* ---- tunnels: what comes goes back ---- */

static void say_chunk(host_peer *p, const uint8_t *data, size_t n)
{
	char text[FRAMING_DATAGRAM_MAX + 64];
	int head = snprintf(text, sizeof text, "%zx\r\n", n);

	memcpy(text + head, data, n);
	memcpy(text + head + n, "\r\n", 2);
	trial_to_client(p->trial, p->conn, text, (size_t)head + n + 2);
	if (p->script->end_gets) {
		say(p, "0\r\n\r\n");
		p->trial->get = NULL;
	}
}

static void answer_whole(trial *t)
{
	char head[128];
	host_peer *p = t->get;

	if (!p || t->held_n == 0 || !p->ends_soon)
		return;
	snprintf(head, sizeof head,
		 "HTTP/1.1 200 Yes\r\nContent-Type: application/octet-stream\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 t->held_n);
	say(p, head);
	trial_to_client(t, p->conn, t->held, t->held_n);
	t->held_n = 0;
	t->get = NULL;
}

static void echo(void *ctx, uint8_t *data, size_t n)
{
	host_peer *p = ctx;
	trial *t = p->trial;
	uint8_t out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD];
	size_t len = framing_put(p->framing, data, n, out);

	t->heard++;
	if (t->awaited && n >= 4 && memcmp(data, &t->awaited, 4) == 0)
		t->awaited_at = t->heard;
	if (p->tunnel) {
		trial_to_client(t, p->conn, out, len);
	} else if (p->script->whole || !t->get) {
		assert_true(t->held_n + len <= sizeof t->held);
		memcpy(t->held + t->held_n, out, len);
		t->held_n += len;
	} else {
		say_chunk(t->get, out, len);
	}
}

static void no_reply(void *ctx, const uint8_t *data, size_t n)
{
	(void)ctx, (void)data, (void)n;
}

static void feed_tunnel(host_peer *p, uint8_t *data, size_t n)
{
	const framing_events ev = { .ctx = p, .datagram = echo, .reply = no_reply };
	const char *why;

	if (n && framing_feed(p->framing, data, n, &ev, &why) != FRAMING_OK)
		hang_up(p);
}

static bool begin_tunnel(host_peer *p, framing_kind kind)
{
	p->framing = framing_new(kind, FRAMING_SERVER);
	p->tunnel = true;
	return false;
}

/* ---- requests ---- */

static void hex_of_md5(const char *text, char out[33])
{
	uint8_t sum[16];
	unsigned n;

	EVP_Digest(text, strlen(text), sum, &n, EVP_md5(), NULL);
	hex_encode(sum, 16, out);
}

/* RFC 7616 3.4.1, without qop, as RFC 2069 had it. */
static bool is_digest_right(const host_script *x, const http_head *h, const char *value)
{
	char text[512], one[33], two[33], want[33], quoted[64];

	snprintf(text, sizeof text, "%s:r:%s", x->user, x->password);
	hex_of_md5(text, one);
	snprintf(text, sizeof text, "%s:%s", http_method(h), http_target(h));
	hex_of_md5(text, two);
	snprintf(text, sizeof text, "%s:abc:%s", one, two);
	hex_of_md5(text, want);
	snprintf(quoted, sizeof quoted, "response=\"%s\"", want);
	return strstr(value, quoted) != NULL;
}

static bool may_pass(const host_peer *p, const http_head *h)
{
	char pair[128], want[256] = "Basic ";
	const char *got = http_get(h, "proxy-authorization");

	if (!p->script->user)
		return true;
	if (got && p->trial->ask_again) {
		p->trial->ask_again--;
		return false;
	}
	if (got && p->script->digest)
		return is_digest_right(p->script, h, got);
	int n = snprintf(pair, sizeof pair, "%s:%s", p->script->user, p->script->password);
	EVP_EncodeBlock((uint8_t *)want + 6, (uint8_t *)pair, n);
	return got && strcmp(got, want) == 0;
}

/* Many proxies close after it. */
static void ask_credentials(host_peer *p, bool got_some)
{
	char text[128];

	if (p->script->wrong && got_some) {
		snprintf(text, sizeof text, "HTTP/1.1 %u No\r\nContent-Length: 0\r\n\r\n",
			 p->script->wrong);
		say(p, text);
	} else if (p->script->digest) {
		say(p,
		    "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"abc\"\r\n"
		    "Content-Length: 0\r\n\r\n");
	} else if (p->script->stale)
		say(p, "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"abc\", "
		       "stale=true\r\nContent-Length: 0\r\n\r\n");
	else
		say(p, "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n"
		       "Proxy-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n");
	hang_up(p);
}

static bool upgrade_websocket(host_peer *p, const http_head *h)
{
	char text[128], answer[256];
	uint8_t sum[20], accept[32];
	unsigned n;

	snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
		 http_get(h, "sec-websocket-key"));
	EVP_Digest(text, strlen(text), sum, &n, EVP_sha1(), NULL);
	EVP_EncodeBlock(accept, sum, 20);
	snprintf(answer, sizeof answer,
		 "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		 "Sec-WebSocket-Accept: %s\r\n\r\n",
		 (char *)accept);
	say(p, answer);
	return begin_tunnel(p, FRAMING_WEBSOCKET);
}

static bool take_upgrade(host_peer *p, const http_head *h)
{
	const host_script *x = p->script;
	bool websocket = http_has_token(h, "upgrade", "websocket");

	if (x->swallow_upgrades || (x->swallow_connect_udp && !websocket))
		return true;
	if (x->connect_udp && !websocket) {
		say(p, "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: connect-udp\r\n"
		       "Capsule-Protocol: ?1\r\n\r\n");
		return begin_tunnel(p, FRAMING_CAPSULE);
	}
	if (x->websocket && websocket)
		return upgrade_websocket(p, h);
	say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static bool take_connect(host_peer *p)
{
	char text[128];

	if (p->script->refuse_connect) {
		snprintf(text, sizeof text, "HTTP/1.1 %u No\r\nContent-Length: 0\r\n\r\n",
			 p->script->refuse_connect);
		say(p, text);
		return true;
	}
	snprintf(text, sizeof text, "HTTP/1.1 %u Yes\r\n\r\n%s",
		 p->script->connect_status ? p->script->connect_status : 200,
		 p->script->after_connect ? p->script->after_connect : "");
	say(p, text);
	p->through = true;
	return false;
}

static void take_post(host_peer *p)
{
	trial *t = p->trial;

	if (t->posts < COUNT(t->post_ms))
		t->post_ms[t->posts] = t->now_ms;
	t->posts++;
	p->posts++;
	p->is_post = true;
	framing_free(p->framing);
	p->framing = framing_new(FRAMING_PREFIX, FRAMING_SERVER);
}

static void take_get(host_peer *p)
{
	static const char head[] = "HTTP/1.1 200 Yes\r\nTransfer-Encoding: chunked\r\n"
				   "Content-Type: application/octet-stream\r\n\r\n";
	trial *t = p->trial;
	char text[1024];

	t->gets++;
	t->get = p;
	p->ends_soon = strstr(http_target(p->head), "?wait=") != NULL;
	if (p->script->whole) {
		answer_whole(t);
		return;
	}
	int n = snprintf(text, sizeof text, "%s", head);
	if (p->script->body_n) {
		n += snprintf(text + n, sizeof text - (size_t)n, "%zx\r\n", p->script->body_n);
		memcpy(text + n, p->script->body, p->script->body_n);
		n += (int)p->script->body_n;
		memcpy(text + n, "\r\n", 2);
		n += 2;
	}
	trial_to_client(t, p->conn, text, (size_t)n);
}

static bool on_head(void *ctx, const http_head *h)
{
	host_peer *p = ctx;
	const char *credentials = http_get(h, "proxy-authorization");
	bool absolute = strncmp(http_target(h), "http://", 7) == 0;
	bool connect = strcmp(http_method(h), "CONNECT") == 0;

	trial_log(p->trial, http_method(h), http_target(h));
	if (credentials)
		trial_log(p->trial, "credentials", credentials);
	p->head = h;
	p->is_post = false;
	if (p->script->continues)
		say(p, "HTTP/1.1 100 Continue\r\n\r\n");
	if (p->script->raw) {
		say(p, p->script->raw);
		return true;
	}
	bool challenges = absolute || (connect && !p->script->challenge_plain);
	if (challenges && !may_pass(p, h)) {
		ask_credentials(p, credentials != NULL);
		return false;
	}
	if (connect)
		return take_connect(p);
	if (http_get(h, "upgrade"))
		return take_upgrade(p, h);
	if (!p->script->plain)
		say(p, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	else if (strcmp(http_method(h), "POST") == 0)
		take_post(p);
	else
		take_get(p);
	return true;
}

static void on_body(void *ctx, uint8_t *data, size_t n)
{
	host_peer *p = ctx;

	if (p->is_post)
		feed_tunnel(p, data, n);
}

static void on_end(void *ctx)
{
	host_peer *p = ctx;
	trial *t = p->trial;
	char text[128];

	if (!p->is_post || p->stop || (p->script->lost_post && p->posts >= p->script->lost_post))
		return;
	if (p->posts == p->script->cut_post) {
		hang_up(p);
		return;
	}
	snprintf(text, sizeof text, "HTTP/1.1 %u x\r\nContent-Length: 0\r\n%s\r\n",
		 p->script->post_status ? p->script->post_status : 200,
		 p->script->close_posts ? "Connection: close\r\n" : "");
	say(p, text);
	if (p->script->close_posts)
		hang_up(p);
	answer_whole(t);
}

static http_parser *new_parser(host_peer *p)
{
	const http_events ev = { .ctx = p, .head = on_head, .body = on_body, .end = on_end };

	return http_parser_new(HTTP_REQUESTS, &ev);
}

host_peer *host_accept(trial *t, unsigned conn, const host_script *s)
{
	host_peer *p = calloc(1, sizeof *p);

	*p = (host_peer){ .trial = t, .script = s, .conn = conn };
	p->http = new_parser(p);
	return p;
}

void host_octets(host_peer *p, uint8_t *data, size_t n)
{
	if (p->script->silent || p->stop)
		return;
	if (p->tunnel) {
		feed_tunnel(p, data, n);
		return;
	}
	bool was_through = p->through;
	http_result r = http_feed(p->http, data, n);
	assert_int_equal(r.refuse, 0);
	if (p->tunnel && !p->stop) {
		feed_tunnel(p, data + r.used, n - r.used);
	} else if (p->through && !was_through) { /* what comes now is for the other end */
		http_parser_free(p->http);
		p->http = new_parser(p);
	}
}

void host_free(host_peer *p)
{
	if (!p)
		return;
	if (p->trial->get == p)
		p->trial->get = NULL;
	http_parser_free(p->http);
	framing_free(p->framing);
	free(p);
}
