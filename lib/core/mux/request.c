/* SPDX-License-Identifier: MIT */
#include "core/mux/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SEGMENTS = 6, SEGMENT_MAX = 80 };

typedef struct path {
	char segment[SEGMENTS][SEGMENT_MAX];
	unsigned n;
	const char *query; /* "" or what follows the ? */
} path;

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %-escapes (RFC 3986 2.1) of a segment of n characters; no octet 0 and no slash comes out. */
static bool decode_segment(const char *p, size_t n, char out[SEGMENT_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		if (c == '%') {
			int high = i + 2 < n ? hex_value(p[i + 1]) : -1;
			int low = i + 2 < n ? hex_value(p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c || c == '/' || len == SEGMENT_MAX - 1)
			return false;
		out[len++] = c;
	}
	out[len] = '\0';
	return true;
}

/* RFC 9112 3.2.2: an absolute-form is taken by its path, whatever host it names. */
static const char *path_of(const char *uri)
{
	const char *at = strncasecmp(uri, "http://", 7) == 0    ? uri + 7
			 : strncasecmp(uri, "https://", 8) == 0 ? uri + 8
								: NULL;

	return at ? at + strcspn(at, "/?") : uri;
}

static bool split_path(const char *uri, path *out)
{
	const char *p = path_of(uri);
	size_t all = strcspn(p, "?#");

	out->n = 0;
	out->query = p[all] == '?' ? p + all + 1 : "";
	if (*p != '/')
		return false;
	for (size_t at = 1; at <= all;) {
		size_t n = 0;
		while (at + n < all && p[at + n] != '/')
			n++;
		if (out->n == SEGMENTS || !decode_segment(p + at, n, out->segment[out->n++]))
			return false;
		at += n + 1;
	}
	return true;
}

static bool has_segment(const path *p, unsigned i, const char *word)
{
	return i < p->n && strcmp(p->segment[i], word) == 0;
}

/* A HEAD is a GET for what has no state. */
static void require_method(mux_request *q, const char *method, const char *name)
{
	if (strcmp(method, name) == 0)
		return;
	q->status = 405;
	q->allow = name;
}

static void answer_page(mux_request *q, const char *method)
{
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	q->status = q->kind == MUX_REQUEST_GENERATE_204 ? 204 : 404;
	if (q->kind == MUX_REQUEST_GENERATE_204 && !reads) {
		q->status = 405;
		q->allow = "GET, HEAD";
	}
}

static bool is_port(const char *text)
{
	size_t n = strlen(text);
	unsigned long v =
		n >= 1 && n <= 5 && strspn(text, "0123456789") == n ? strtoul(text, NULL, 10) : 0;

	return v >= 1 && v <= 65535;
}

/* RFC 9298 3: /.well-known/masque/udp/{host}/{port}/ */
static bool is_udp(const path *p)
{
	return has_segment(p, 0, ".well-known") && has_segment(p, 1, "masque") &&
	       has_segment(p, 2, "udp") && (p->n == 5 || has_segment(p, 5, ""));
}

static bool is_session(const char *s)
{
	size_t n = strlen(s);

	return n >= MUX_SESSION_MIN && n <= MUX_SESSION_MAX && conf_has_only(s, "_-");
}

static unsigned parse_wait(const char *query)
{
	unsigned long v;

	if (strncmp(query, "wait=", 5) != 0 || !isdigit((unsigned char)query[5]))
		return MUX_DOWN_MS;
	v = strtoul(query + 5, NULL, 10);
	return v < MUX_DOWN_MS ? (unsigned)v : MUX_DOWN_MS;
}

static void classify_plain(const path *p, const char *method, mux_request *q)
{
	bool up = has_segment(p, 3, "up");

	q->kind = up ? MUX_REQUEST_UP : MUX_REQUEST_DOWN;
	q->wait_ms = parse_wait(p->query);
	if (!is_session(p->segment[2]))
		q->status = 400;
	else
		strcpy(q->session, p->segment[2]);
	require_method(q, method, up ? "POST" : "GET");
}

static void classify(const path *p, const char *method, mux_request *q)
{
	if (p->n == 1 && has_segment(p, 0, "generate_204")) {
		q->kind = MUX_REQUEST_GENERATE_204;
	} else if (is_udp(p)) {
		q->kind = MUX_REQUEST_UDP;
		if (!is_port(p->segment[4]))
			q->status = 400;
		require_method(q, method, "GET");
	} else if (has_segment(p, 0, "homeward") && p->n == 2) {
		q->kind = MUX_REQUEST_WEBSOCKET;
		require_method(q, method, "GET");
	} else if (has_segment(p, 0, "homeward") && p->n == 4 &&
		   (has_segment(p, 3, "up") || has_segment(p, 3, "down"))) {
		classify_plain(p, method, q);
	}
}

void mux_request_read(const mux_config *c, const char *method, const char *uri, mux_request *out)
{
	path p;

	*out = (mux_request){ .kind = MUX_REQUEST_PAGE };
	if (split_path(uri, &p))
		classify(&p, method, out);
	if (out->kind == MUX_REQUEST_PAGE || out->kind == MUX_REQUEST_GENERATE_204) {
		answer_page(out, method);
		return;
	}
	out->target = mux_config_target(c, p.segment[out->kind == MUX_REQUEST_UDP ? 3 : 1]);
	if (!out->target)
		out->status = 404;
}
