/* SPDX-License-Identifier: MIT */
/* stream.c - the life of a connection: connecting, the TLS handshake, open, closed; and finishing, when its
 * owner has left it and only the goodbye is still to be sent. Nothing that an owner calls calls back. */
#include "io/stream/stream_priv.h"
#include "base/clock.h"
#include "io/net/tcp.h"
#include "io/stream/tcp_bbr.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000, FINISH_MS = 2000, SCRATCH = 64 * 1024 };

static void on_writable(void *ctx);

static bool wants_write(const stream *s)
{
	return s->socket.tls && s->socket.tls->wants_write;
}

/* What to wait for, after a change. */
static void set_watch(stream *s)
{
	bool in = !s->paused, out = s->socket.pend_n > 0 || wants_write(s);

	switch (s->state) {
	case STREAM_CONNECTING:
		out = true;
		in = false;
		break;
	case STREAM_HANDSHAKE:
		out = wants_write(s);
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

/* ---- freeing ---- */

/* Inside the owner's callbacks the memory stays until they return. */
static void release(stream *s)
{
	if (!s->busy && s->freed)
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
	stream_socket_free(&s->socket);
	if (s->socket.fd >= 0)
		close(s->socket.fd);
}

void stream_free(stream *s)
{
	if (!s || s->freed)
		return;
	drop(s);
	release(s);
}

int stream_detach(stream *s)
{
	int fd = s->socket.fd;

	s->socket.fd = -1;
	stream_free(s);
	return fd;
}

static void leave(stream *s)
{
	s->busy = false;
	release(s);
}

/* ---- the end ---- */

static void notify_closed(stream *s)
{
	if (s->notified)
		return;
	s->notified = true;
	s->state = STREAM_CLOSED;
	io_timer_at(s->timer, UINT64_MAX);
	set_watch(s);
	s->ev.closed(s->ev.ctx, s->socket.why);
}

static void fail(stream *s, const char *why)
{
	stream_socket_fail(&s->socket, why);
	notify_closed(s);
}

/* A connection that broke in a call of its owner's is reported from the loop. */
static void check_broken(stream *s)
{
	if (s->socket.broken)
		io_timer_at(s->timer, 0);
}

static bool drain(stream *s)
{
	bool all = stream_socket_drain(&s->socket);

	check_broken(s);
	return all;
}

/* It is over when the socket has everything and TLS's goodbye; what the other end still sends is read, since
 * closing over it would reset the connection and lose what it has not read yet. */
static void say_goodbye(stream *s)
{
	if (s->socket.pend_n && !drain(s) && !s->socket.broken) {
		set_watch(s);
		return;
	}
	if (s->socket.tls && !s->socket.broken)
		tls_conn_say_goodbye(s->socket.tls);
	if (s->socket.broken || stream_socket_has_ended(&s->socket) ||
	    shutdown(s->socket.fd, SHUT_WR) < 0)
		drop(s);
	else
		set_watch(s);
}

static void drop_if_ended(stream *s)
{
	if (!stream_socket_discard(&s->socket))
		drop(s);
}

/* ---- reading ---- */

/* Once an event: others have theirs. */
static void read_some(stream *s)
{
	uint8_t scratch[SCRATCH];
	stream_read_result r;

	if (s->paused) {
		s->read_waits = s->socket.tls != NULL;
		return;
	}
	size_t n = stream_socket_read(&s->socket, scratch, sizeof scratch, &r);
	if (n)
		s->ev.data(s->ev.ctx, scratch, n);
	if (s->freed || s->state != STREAM_OPEN)
		return;
	s->read_waits = r == STREAM_READ_MORE && s->socket.tls;
	if (r == STREAM_READ_END)
		notify_closed(s);
}

/* TLS may hold octets that the descriptor does not announce. */
static void read_on_later(stream *s)
{
	if (!s->freed && s->state == STREAM_OPEN && s->read_waits && !s->paused)
		io_timer_at(s->timer, 0);
}

/* ---- connecting ---- */

static void become_open(stream *s)
{
	s->state = STREAM_OPEN;
	io_timer_at(s->timer, UINT64_MAX);
	if (s->socket.pend_n)
		drain(s);
	set_watch(s);
	if (s->ev.open)
		s->ev.open(s->ev.ctx);
	/* What came with the handshake's last octets. */
	if (!s->freed && s->state == STREAM_OPEN && s->socket.tls &&
	    tls_conn_has_pending(s->socket.tls))
		read_some(s);
}

static void continue_handshake(stream *s)
{
	int r = tls_conn_handshake(s->socket.tls);

	if (r == 1)
		become_open(s);
	else if (r == TLS_BLOCKED)
		set_watch(s);
	else
		fail(s, s->socket.tls->why);
}

static void finish_connecting(stream *s)
{
	int why = tcp_connect_error(s->socket.fd);

	if (why) {
		fail(s, strerrordesc_np(why));
		return;
	}
	if (!s->peer.addr.len)
		tcp_peer(s->socket.fd, &s->peer);
	if (!s->socket.tls) {
		become_open(s);
		return;
	}
	s->state = STREAM_HANDSHAKE;
	io_timer_at(s->timer, clock_mono_ms() + TIMEOUT_MS);
	continue_handshake(s);
}

/* ---- the loop's events ---- */

static void on_readable(void *ctx)
{
	stream *s = ctx;

	s->busy = true;
	if (s->state == STREAM_HANDSHAKE)
		continue_handshake(s);
	else if (s->state == STREAM_OPEN)
		read_some(s);
	else if (s->state == STREAM_FINISHING)
		drop_if_ended(s);
	read_on_later(s);
	leave(s);
}

static void continue_writing(stream *s)
{
	bool was_full = s->socket.pend_n > 0, read_too = wants_write(s);

	if (read_too)
		s->socket.tls->wants_write = false;
	if (was_full && !drain(s))
		return;
	set_watch(s);
	if (was_full && s->ev.writable)
		s->ev.writable(s->ev.ctx);
	if (read_too && !s->freed && s->state == STREAM_OPEN)
		read_some(s);
}

static void on_writable(void *ctx)
{
	stream *s = ctx;

	s->busy = true;
	if (s->state == STREAM_CONNECTING)
		finish_connecting(s);
	else if (s->state == STREAM_HANDSHAKE)
		continue_handshake(s);
	else if (s->state == STREAM_OPEN)
		continue_writing(s);
	else if (s->state == STREAM_FINISHING)
		say_goodbye(s);
	leave(s);
}

static void on_timer(void *ctx)
{
	stream *s = ctx;

	s->busy = true;
	if (s->state == STREAM_FINISHING)
		drop(s);
	else if (s->socket.broken)
		notify_closed(s);
	else if (s->state == STREAM_CONNECTING)
		fail(s, "no answer to the connection");
	else if (s->state == STREAM_HANDSHAKE)
		fail(s, "the TLS handshake took too long");
	else if (s->state == STREAM_OPEN && s->read_waits && !s->paused)
		read_some(s);
	read_on_later(s);
	leave(s);
}

/* ---- for the owner ---- */

static bool set_up(stream *s, tls_ctx *tls, const char *name, err *e)
{
	if (tls && !(s->socket.tls = tls_conn_new(tls, s->socket.fd, name, e)))
		return false;
	s->timer = io_timer_new(s->loop, on_timer, s, e);
	s->watch = s->timer ? io_watch_new(s->loop, s->socket.fd, on_readable, s, e) : NULL;
	if (!s->watch)
		return false;
	/* An accepting side waits for the client to speak; else `open` comes by being writable. */
	s->state = tcp_peer(s->socket.fd, &s->peer) && tls && !name ? STREAM_HANDSHAKE
								    : STREAM_CONNECTING;
	io_timer_at(s->timer, clock_mono_ms() + TIMEOUT_MS);
	set_watch(s);
	return true;
}

stream *stream_new(io_loop *l, int fd, tls_ctx *tls, const char *name, const stream_events *ev,
		   err *e)
{
	stream *s = calloc(1, sizeof *s);

	tcp_tune(fd);
	if (!s) {
		err_set(e, ERR_LIMIT, "no memory");
		close(fd);
		return NULL;
	}
	*s = (stream){ .loop = l, .socket = { .fd = fd }, .ev = *ev };
	if (set_up(s, tls, name, e))
		return s;
	stream_free(s);
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
	if (s->socket.broken || s->state < STREAM_OPEN) {
		stream_free(s);
		return;
	}
	s->state = STREAM_FINISHING;
	s->ev = (stream_events){ 0 };
	io_orphan_add(s->loop, &s->orphan, end_with_loop, s);
	io_timer_at(s->timer, clock_mono_ms() + FINISH_MS);
	say_goodbye(s);
	release(s);
}

void stream_write(stream *s, const void *p, size_t n)
{
	if (s->socket.broken || s->state > STREAM_OPEN)
		return;
	stream_socket_write(&s->socket, p, n, s->state == STREAM_OPEN);
	check_broken(s);
	if (s->socket.pend_n)
		set_watch(s);
}

bool stream_full(const stream *s)
{
	return s->socket.pend_n > 0;
}

void stream_note_wait(stream *s, uint64_t wait_ms)
{
	tcp_bbr_note_wait(&s->restart, s->socket.fd, clock_mono_ms(), wait_ms);
}

void stream_pause(stream *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (s->state != STREAM_OPEN)
		return;
	set_watch(s);
	read_on_later(s);
}

endpoint stream_peer(const stream *s)
{
	return s->peer;
}

endpoint stream_local(const stream *s)
{
	endpoint local = { 0 };

	tcp_local(s->socket.fd, &local);
	return local;
}

const char *stream_unverified(const stream *s)
{
	return s->socket.tls ? tls_conn_unverified(s->socket.tls) : NULL;
}
