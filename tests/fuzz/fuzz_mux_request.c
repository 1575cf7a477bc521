/* SPDX-License-Identifier: MIT */
/* What strangers ask a multiplexer for: a first line taken as method and target, and the same octets as a
 * whole head. What is understood is one of the configured targets, reads the same written in another way,
 * and what is granted is answered by a head that is one. */
#include "core/http/http.h"
#include "oracle.h"
#include "core/mux/upgrade.h"
#include <ctype.h>
#include <stdio.h>

static const mux_config conf = {
	.targets = { { .name = "home" }, { .name = "dmz-1" } },
	.n_targets = 2,
};

static bool is_session(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return false;
	return n >= MUX_SESSION_MIN && n <= MUX_SESSION_MAX;
}

static void check_sound(const mux_request *q)
{
	bool tunnels = q->kind > MUX_REQUEST_GENERATE_204;
	bool sessions = q->kind == MUX_REQUEST_UP || q->kind == MUX_REQUEST_DOWN;

	oracle_check(q->kind < MUX_REQUEST_N_KINDS && q->wait_ms <= MUX_DOWN_MS);
	if (!tunnels) {
		oracle_check(!q->target && !q->session[0]);
		oracle_check(q->status == 404 || q->kind == MUX_REQUEST_GENERATE_204);
		return;
	}
	oracle_check(!q->target == (q->status == 404));
	oracle_check(!q->target || q->target == &conf.targets[0] || q->target == &conf.targets[1]);
	oracle_check(q->status == 0 || q->status == 400 || q->status == 404 || q->status == 405);
	oracle_check(q->status != 405 || q->allow);
	oracle_check(!q->session[0] || is_session(q->session));
	oracle_check(q->status || (sessions == (q->session[0] != 0)));
}

static void put_escaped(char *out, const char *text)
{
	out += strlen(out);
	for (; *text; text++)
		out += sprintf(out, "%%%02x", (unsigned char)*text);
}

/* In absolute-form, with every octet of a segment escaped. */
static void write_again(const mux_request *q, char *out)
{
	bool udp = q->kind == MUX_REQUEST_UDP, up = q->kind == MUX_REQUEST_UP;

	strcpy(out,
	       udp ? "https://any.example:8443/.well-known/masque/udp/" : "http://[::1]/homeward/");
	put_escaped(out, q->target->name);
	if (udp)
		strcat(out, "/4500/");
	if (q->session[0]) {
		strcat(out, "/");
		put_escaped(out, q->session);
		sprintf(out + strlen(out), "/%s?wait=%u", up ? "up" : "down", q->wait_ms);
	}
}

/* An escaped slash, or an end of the string, is no part of a target's name. */
static bool hides_something(const char *uri)
{
	size_t n = strcspn(uri, "?#");

	return *uri == '/' &&
	       (memmem(uri, n, "%00", 3) || memmem(uri, n, "%2f", 3) || memmem(uri, n, "%2F", 3));
}

static mux_request read_it(const char *method, const char *uri)
{
	char again[1024];
	mux_request q, same;

	mux_request_read(&conf, method, uri, &q);
	check_sound(&q);
	if (q.status == 0) {
		oracle_check(!hides_something(uri));
		write_again(&q, again);
		mux_request_read(&conf, method, again, &same);
		oracle_check(same.kind == q.kind && same.status == 0 && same.target == q.target &&
			     same.wait_ms == q.wait_ms && strcmp(same.session, q.session) == 0);
	}
	return q;
}

static bool granted(void *ctx, const http_head *h)
{
	bool *ok = ctx;

	*ok = http_status(h) == 101 && http_has_token(h, "connection", "upgrade");
	return false;
}

static void check_answer(mux_request_kind k, const http_head *h)
{
	char out[MUX_UPGRADE_ANSWER];
	bool ok = false;
	size_t n = mux_upgrade_answer(k, h, out);
	http_parser *p =
		http_parser_new(HTTP_RESPONSES, &(http_events){ .ctx = &ok, .head = granted });

	oracle_check(p && n);
	http_result r = http_feed(p, (uint8_t *)out, n);
	oracle_check(ok && !r.refuse && r.used == n);
	http_parser_free(p);
}

static bool on_head(void *ctx, const http_head *h)
{
	unsigned *heads = ctx, at = 0;
	mux_request q = read_it(http_method(h), http_target(h));

	(*heads)++;
	if (q.status || (q.kind != MUX_REQUEST_UDP && q.kind != MUX_REQUEST_WEBSOCKET))
		return true;
	unsigned status = mux_upgrade_check(q.kind, h);
	oracle_check(status == 0 || status == 400 || status == 426);
	if (status)
		return true;
	/* What follows is the tunnel's: nothing may claim that it is a body. */
	const char *length = http_get(h, "content-length");
	oracle_check(http_minor(h) == 1 && !http_get(h, "transfer-encoding"));
	oracle_check(!length || strtoull(length, NULL, 10) == 0);
	if (q.kind == MUX_REQUEST_WEBSOCKET)
		oracle_check(http_next(h, "sec-websocket-key", &at) &&
			     !http_next(h, "sec-websocket-key", &at));
	check_answer(q.kind, h);
	return false;
}

static void as_head(const uint8_t *data, size_t n)
{
	unsigned heads = 0;
	uint8_t *copy = malloc(n ? n : 1);
	http_parser *p =
		http_parser_new(HTTP_REQUESTS, &(http_events){ .ctx = &heads, .head = on_head });

	oracle_check(copy && p);
	memcpy(copy, data, n);
	http_feed(p, copy, n);
	http_parser_free(p);
	free(copy);
}

/* In memory of just its size. */
static void as_line(const uint8_t *data, size_t n)
{
	size_t len = 0;

	while (len < n && data[len] && data[len] != '\n' && data[len] != '\r')
		len++;
	char *line = strndup((const char *)data, len);
	oracle_check(line != NULL);
	char *uri = strchr(line, ' ');
	if (uri) {
		char *copy = strdup(uri + 1);
		*uri = 0;
		oracle_check(copy != NULL);
		copy[strcspn(copy, " ")] = 0;
		read_it(line, copy);
		free(copy);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	as_line(data, n);
	as_head(data, n);
	return 0;
}
