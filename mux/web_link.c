/* SPDX-License-Identifier: MIT */
#include "web_link.h"

#include "io/net/now.h"
#include "io/stream/stream.h"
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

static_assert((int)MUX_WRITE_MAX <= (int)STREAM_WRITE_MAX, "what the core writes, a stream takes");

typedef struct web_link {
	driver *driver;
	stream *stream;
	mux_conn *conn;
} web_link;

/* --- from the stream; each may end the link --- */

static void on_open(void *ctx)
{
	const web_link *l = ctx;

	mux_core_opened(l->driver->core, io_now(), l->conn);
}

static void on_data(void *ctx, uint8_t *p, size_t n)
{
	const web_link *l = ctx;

	mux_core_octets(l->driver->core, io_now(), l->conn, p, n);
}

static void on_writable(void *ctx)
{
	const web_link *l = ctx;

	mux_core_writable(l->driver->core, io_now(), l->conn);
}

static void on_closed(void *ctx, const char *why)
{
	const web_link *l = ctx;

	mux_core_closed(l->driver->core, io_now(), l->conn, why);
}

/* --- from the core --- */

static void write_link(void *link, const void *p, size_t n)
{
	const web_link *l = link;

	stream_write(l->stream, p, n);
}

static bool is_full(const void *link)
{
	const web_link *l = link;

	return stream_full(l->stream);
}

static void pause_link(void *link, bool paused)
{
	const web_link *l = link;

	stream_pause(l->stream, paused);
}

static void note_wait(void *link, uint64_t wait_ms)
{
	const web_link *l = link;

	stream_note_wait(l->stream, wait_ms);
}

static void finish(void *link)
{
	web_link *l = link;

	stream_finish(l->stream);
	free(l);
}

static void abort_link(void *link)
{
	web_link *l = link;

	stream_free(l->stream);
	free(l);
}

void web_link_env(mux_env *env)
{
	env->write = write_link;
	env->is_full = is_full;
	env->pause = pause_link;
	env->note_wait = note_wait;
	env->finish = finish;
	env->abort = abort_link;
}

void web_link_accept(driver *d, int fd, const ip_addr *from, mux_conn_kind kind, tls_ctx *tls)
{
	core_time now = io_now();
	web_link *l = calloc(1, sizeof *l);
	const stream_events ev = { l, on_open, on_data, on_writable, on_closed };
	err e = { 0 };

	mux_conn *c = l ? mux_core_accept(d->core, now, kind, from, l) : NULL;
	if (!c) {
		close(fd);
		free(l);
		return;
	}
	l->driver = d;
	l->conn = c;
	l->stream = stream_new(d->loop, fd, tls, NULL, &ev, &e);
	if (!l->stream)
		mux_core_closed(d->core, now, c, NULL);
}
