/* SPDX-License-Identifier: MIT */
/* stream.c - the life of a connection: connecting, the TLS handshake, open, closed; and finishing, when its
 * owner has left it and only the goodbye is still to be said. Nothing that an owner calls calls back. */
#include "io/stream/stream_priv.h"
#include "base/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, FINISH_MS = 2000, DISCARD = 16 * 1024 };

static void on_writable(void *ctx);

void stream_watch(stream *s)
{
	bool out = s->pend_n > 0 || s->wants_out, in = !s->paused;
	switch (s->state) {
	case STREAM_CONNECTING:
		out = true;
		in = false;
		break;
	case STREAM_HANDSHAKE:
		out = s->wants_out;
		in = true;
		break;
	case STREAM_OPEN:
		break;
	case STREAM_CLOSED:
		out = in = false;
		break;
	case STREAM_FINISHING:
		in = true;
		break;
	}
	io_watch_pause(s->watch, !in);
	io_watch_writable(s->watch, out ? on_writable : NULL);
}

/* Inside the owner's callbacks the memory stays until they return. */
void stream_release(stream *s)
{
	if (s->busy || !s->freed)
		return;
	free(s->pending);
	free(s->name);
	free(s);
}

/* All but the memory. */
static void drop(stream *s)
{
	s->freed = true;
	s->state = STREAM_CLOSED;
	io_orphan_del(&s->orphan);
	io_watch_free(s->watch);
	io_timer_free(s->timer);
	stream_tls_free(s);
	tls_ctx_free(s->tls);
	if (s->fd >= 0)
		close(s->fd);
}

void stream_free(stream *s)
{
	if (!s || s->freed)
		return;
	drop(s);
	stream_release(s);
}

int stream_detach(stream *s)
{
	int fd = s->fd;

	s->fd = -1;
	stream_free(s);
	return fd;
}

void stream_break(stream *s, const char *why)
{
	s->broken = true;
	s->why = why;
	io_timer_at(s->timer, 0);
}

void stream_closed(stream *s)
{
	if (s->told)
		return;
	s->told = true;
	s->state = STREAM_CLOSED;
	io_timer_at(s->timer, UINT64_MAX);
	stream_watch(s);
	s->ev.closed(s->ev.ctx, s->why);
}

static void failed(stream *s, const char *why)
{
	s->broken = true;
	s->why = why;
	stream_closed(s);
}

static void opened(stream *s)
{
	s->state = STREAM_OPEN;
	io_timer_at(s->timer, UINT64_MAX);
	if (s->pend_n)
		stream_drain(s);
	stream_watch(s);
	if (s->ev.open)
		s->ev.open(s->ev.ctx);
	if (!s->freed && s->state == STREAM_OPEN && stream_tls_holds(s))
		stream_read_some(s); /* what came with the handshake's last octets */
}

static void handshake(stream *s)
{
	int r = stream_tls_handshake(s);
	if (r == 1)
		opened(s);
	else if (r == IO_BLOCKED)
		stream_watch(s);
	else
		failed(s, s->why);
}

static bool get_peer(stream *s)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	return getpeername(s->fd, (struct sockaddr *)&ss, &n) == 0 &&
	       endpoint_from_sockaddr((struct sockaddr *)&ss, &s->peer);
}

static void connected(stream *s)
{
	int why = 0;
	socklen_t n = sizeof(why);
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &why, &n) < 0 || why) {
		failed(s, strerrordesc_np(why ? why : errno));
		return;
	}
	if (!s->peer.addr.len)
		get_peer(s);
	if (!s->ssl) {
		opened(s);
		return;
	}
	s->state = STREAM_HANDSHAKE;
	io_timer_at(s->timer, clock_mono_ms() + PATIENCE_MS);
	handshake(s);
}

/* All is said when the socket has it and TLS's goodbye; what the other end still sends is read, since
 * closing over it would reset the connection and lose what it has not read yet. */
static void say_goodbye(stream *s)
{
	if (s->pend_n && !stream_drain(s) && !s->broken) {
		stream_watch(s);
		return;
	}
	stream_tls_bye(s);
	if (s->broken || s->eof || shutdown(s->fd, SHUT_WR) < 0)
		drop(s);
	else
		stream_watch(s);
}

static void discard(stream *s)
{
	uint8_t away[DISCARD];
	ssize_t n = recv(s->fd, away, sizeof(away), 0);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		drop(s);
}

static void enter(stream *s)
{
	s->busy = true;
}

static void leave(stream *s)
{
	s->busy = false;
	stream_release(s);
}

static void on_readable(void *ctx)
{
	stream *s = ctx;
	enter(s);
	if (s->state == STREAM_HANDSHAKE)
		handshake(s);
	else if (s->state == STREAM_OPEN)
		stream_read_some(s);
	else if (s->state == STREAM_FINISHING)
		discard(s);
	if (!s->freed && s->state == STREAM_OPEN && s->read_waits)
		io_timer_at(s->timer, 0);
	leave(s);
}

static void drained(stream *s)
{
	bool was_full = s->pend_n > 0, reads = s->wants_out;
	s->wants_out = false;
	if (was_full && !stream_drain(s))
		return;
	stream_watch(s);
	if (was_full && s->ev.writable)
		s->ev.writable(s->ev.ctx);
	if (reads && !s->freed && s->state == STREAM_OPEN)
		stream_read_some(s);
}

static void on_writable(void *ctx)
{
	stream *s = ctx;
	enter(s);
	if (s->state == STREAM_CONNECTING)
		connected(s);
	else if (s->state == STREAM_HANDSHAKE)
		handshake(s);
	else if (s->state == STREAM_OPEN)
		drained(s);
	else if (s->state == STREAM_FINISHING)
		say_goodbye(s);
	leave(s);
}

static void on_timer(void *ctx)
{
	stream *s = ctx;
	enter(s);
	if (s->state == STREAM_FINISHING)
		drop(s);
	else if (s->broken)
		stream_closed(s);
	else if (s->state == STREAM_CONNECTING)
		failed(s, "no answer to the connection");
	else if (s->state == STREAM_HANDSHAKE)
		failed(s, "the TLS handshake took too long");
	else if (s->state == STREAM_OPEN && s->read_waits && !s->paused)
		stream_read_some(s);
	if (!s->freed && s->state == STREAM_OPEN && s->read_waits && !s->paused)
		io_timer_at(s->timer, 0);
	leave(s);
}

static bool set_up(stream *s, err *e)
{
	if (s->tls && !stream_tls_new(s, e))
		return false;
	s->timer = io_timer_new(s->loop, on_timer, s, e);
	s->watch = s->timer ? io_watch_new(s->loop, s->fd, on_readable, s, e) : NULL;
	if (!s->watch)
		return false;
	/* An accepting side waits for the client to speak; else `open` comes by being writable. */
	s->state = get_peer(s) && s->ssl && !s->name ? STREAM_HANDSHAKE : STREAM_CONNECTING;
	io_timer_at(s->timer, clock_mono_ms() + PATIENCE_MS);
	stream_watch(s);
	return true;
}

static void abandon(stream *s)
{
	stream_tls_free(s);
	tls_ctx_free(s->tls);
	io_timer_free(s->timer);
	free(s->name);
	free(s);
}

stream *stream_new(io_loop *l, int fd, tls_ctx *tls, const char *name, const stream_events *ev,
		   err *e)
{
	stream *s = calloc(1, sizeof(*s));
	tcp_tune(fd);
	if (s && (!name || (s->name = strdup(name)))) {
		s->loop = l;
		s->fd = fd;
		s->ev = *ev;
		s->tls = tls ? tls_ctx_use(tls) : NULL;
		if (set_up(s, e))
			return s;
		abandon(s);
	} else {
		free(s);
		err_set(e, ERR_LIMIT, "no memory");
	}
	close(fd);
	return NULL;
}

static void end_with_loop(void *ctx)
{
	stream_free(ctx);
}

void stream_finish(stream *s)
{
	if (!s || s->freed)
		return;
	if (s->broken || s->state < STREAM_OPEN) {
		stream_free(s);
		return;
	}
	s->state = STREAM_FINISHING;
	s->ev = (stream_events){ 0 };
	io_orphan_add(s->loop, &s->orphan, end_with_loop, s);
	io_timer_at(s->timer, clock_mono_ms() + FINISH_MS);
	say_goodbye(s);
	stream_release(s);
}

void stream_events_set(stream *s, const stream_events *ev)
{
	s->ev = *ev;
}

void stream_pause(stream *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (s->state != STREAM_OPEN)
		return;
	stream_watch(s);
	if (!paused && s->read_waits)
		io_timer_at(s->timer, 0);
}

endpoint stream_peer(const stream *s)
{
	return s->peer;
}

endpoint stream_local(const stream *s)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	endpoint local = { 0 };
	if (getsockname(s->fd, (struct sockaddr *)&ss, &n) == 0)
		endpoint_from_sockaddr((struct sockaddr *)&ss, &local);
	return local;
}
