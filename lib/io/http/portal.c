/* SPDX-License-Identifier: MIT */
#include "io/http/portal.h"
#include "io/net/tcp.h"
#include "base/clock.h"
#include "core/http/http.h"
#include "io/stream/stream.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { AUTHORITY = URL_HOST + 16 };

struct portal_probe {
	portal_conf conf;
	void (*done)(void *ctx, portal_result r, const char *where);
	void *ctx;
	stream *stream;
	http_parser *http;
	io_timer *timer;
	const http_head *head;
	bool over;
};

static void finish(portal_probe *p, portal_result r, const char *where)
{
	if (p->over)
		return;
	p->over = true;
	io_timer_at(p->timer, UINT64_MAX);
	p->done(p->ctx, r, where);
}

static void on_timer(void *ctx)
{
	finish(ctx, PORTAL_SILENT, "");
}

/* The host, with its port where that is not HTTP's own. */
static const char *authority(const portal_probe *p, char out[AUTHORITY])
{
	const char *host = strchr(p->conf.host, ':') ? "[%s]" : "%s";
	int n = snprintf(out, AUTHORITY, host, p->conf.host);

	if (p->conf.at.port != 80)
		snprintf(out + n, AUTHORITY - (size_t)n, ":%u", p->conf.at.port);
	return out;
}

static void printable(char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			*text = '?';
}

static void on_open(void *ctx)
{
	portal_probe *p = ctx;
	char request[AUTHORITY + 128], host[AUTHORITY];
	int n = snprintf(request, sizeof request,
			 "GET /generate_204 HTTP/1.1\r\nHost: %s\r\nUser-Agent: homeward\r\n"
			 "Cache-Control: no-cache\r\nConnection: close\r\n\r\n",
			 authority(p, host));

	stream_write(p->stream, request, (size_t)n);
}

static bool on_head(void *ctx, const http_head *h)
{
	portal_probe *p = ctx;

	if (http_status(h) < 200)
		return true;
	p->head = h;
	return false;
}

static void answered(portal_probe *p)
{
	char where[PORTAL_URL], host[AUTHORITY];
	const char *to = http_get(p->head, "location");

	if (http_status(p->head) == 204) {
		finish(p, PORTAL_OPEN, "");
		return;
	}
	if (to)
		snprintf(where, sizeof where, "%s", to);
	else
		snprintf(where, sizeof where, "http://%.240s/", authority(p, host));
	printable(where);
	finish(p, PORTAL_FOUND, where);
}

static void on_data(void *ctx, uint8_t *data, size_t n)
{
	portal_probe *p = ctx;

	if (p->over)
		return;
	http_result r = http_feed(p->http, data, n);
	if (p->head)
		answered(p);
	else if (r.refuse)
		finish(p, PORTAL_SILENT, "");
}

static void on_writable(void *ctx)
{
	(void)ctx; /* one short request */
}

static void on_closed(void *ctx, const char *why)
{
	(void)why;
	finish(ctx, PORTAL_SILENT, "");
}

static bool start(portal_probe *p, io_loop *l, err *e)
{
	const stream_events sev = { .ctx = p,
				    .open = on_open,
				    .data = on_data,
				    .writable = on_writable,
				    .closed = on_closed };
	const http_events hev = { .ctx = p, .head = on_head };

	p->http = http_parser_new(HTTP_RESPONSES, &hev);
	if (!p->http)
		return err_sys(e, ENOMEM, "HTTP");
	int fd = tcp_connect(&p->conf.at, &p->conf.up, e);
	if (fd < 0 || !(p->stream = stream_new(l, fd, NULL, NULL, &sev, e)))
		return false;
	p->timer = io_timer_new(l, on_timer, p, e);
	if (p->timer)
		io_timer_at(p->timer, clock_mono_ms() + PORTAL_PATIENCE_MS);
	return p->timer != NULL;
}

portal_probe *portal_ask(io_loop *l, const portal_conf *c,
			 void (*done)(void *ctx, portal_result r, const char *where), void *ctx,
			 err *e)
{
	portal_probe *p = calloc(1, sizeof *p);

	if (!p) {
		err_sys(e, ENOMEM, "portal probe");
		return NULL;
	}
	*p = (portal_probe){ .conf = *c, .done = done, .ctx = ctx };
	if (start(p, l, e))
		return p;
	portal_free(p);
	return NULL;
}

void portal_free(portal_probe *p)
{
	if (!p)
		return;
	stream_free(p->stream);
	http_parser_free(p->http);
	io_timer_free(p->timer);
	free(p);
}
