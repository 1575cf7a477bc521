/* SPDX-License-Identifier: MIT */
/* stream_data.c - octets in and out. What came is gathered in one buffer on the stack, as much as is
 * there, so that the owner sees long pieces; after TURN octets others have their turn. What the socket does
 * not take is kept in memory that is there only while something waits. */
#include "io/stream/stream_priv.h"
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { SCRATCH = 64 * 1024, TURN = 256 * 1024, PENDING_MAX = 4 * STREAM_WRITE_MAX };

static ssize_t read_clear(stream *s, uint8_t *p, size_t n)
{
	ssize_t r = recv(s->fd, p, n, 0);
	if (r > 0)
		return r;
	if (r == 0) {
		s->eof = true;
		return IO_EOF;
	}
	if (errno == EAGAIN || errno == EINTR)
		return IO_BLOCKED;
	s->why = strerrordesc_np(errno);
	return IO_BROKEN;
}

/* Nothing is left for now: a read more would only be told so by the kernel. */
static bool drained(const stream *s, ssize_t got, size_t room)
{
	return s->ssl ? !stream_tls_holds(s) : (size_t)got < room;
}

/* Returns how much came; *last: how it ended, above 0 if there may be more. */
static size_t gather(stream *s, uint8_t *p, size_t room, ssize_t *last)
{
	size_t n = 0;
	do {
		*last = s->ssl ? stream_tls_read(s, p + n, room - n)
			       : read_clear(s, p + n, room - n);
		if (*last <= 0)
			return n;
		if (drained(s, *last, room - n)) {
			n += (size_t)*last;
			*last = IO_BLOCKED;
			return n;
		}
		n += (size_t)*last;
	} while (n < room);
	return n;
}

static void ended(stream *s, ssize_t last)
{
	if (last == IO_EOF)
		s->why = NULL;
	else if (last == IO_BROKEN)
		s->broken = true;
	if (last == IO_EOF || last == IO_BROKEN)
		stream_closed(s);
}

void stream_read_some(stream *s)
{
	uint8_t scratch[SCRATCH];
	ssize_t last = 1;
	for (size_t turn = 0; last > 0 && turn < TURN && !s->paused;) {
		size_t n = gather(s, scratch, sizeof(scratch), &last);
		turn += n;
		if (n)
			s->ev.data(s->ev.ctx, scratch, n);
		if (s->freed || s->state != STREAM_OPEN)
			return;
	}
	s->read_waits = last > 0 && s->ssl;
	ended(s, last);
}

/* TCP_NOTSENT_LOWAT alone does not do: the kernel lets its last segment grow to 64 KiB, which is 26 ms at
 * 20 Mbit/s that nothing overtakes. */
static bool enough_unsent(const stream *s)
{
	int n;
	return ioctl(s->fd, SIOCOUTQNSD, &n) == 0 && n >= TCP_NOTSENT;
}

static ssize_t write_some(stream *s, const uint8_t *p, size_t n)
{
	if (enough_unsent(s))
		return IO_BLOCKED;
	if (n > TCP_NOTSENT)
		n = TCP_NOTSENT;
	if (s->ssl)
		return stream_tls_write(s, p, n);
	ssize_t r = send(s->fd, p, n, MSG_NOSIGNAL);
	if (r >= 0)
		return r;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return IO_BLOCKED;
	s->why = strerrordesc_np(errno);
	return IO_BROKEN;
}

/* Returns how much went. */
static size_t write_all(stream *s, const uint8_t *p, size_t n)
{
	size_t at = 0;
	while (at < n) {
		ssize_t r = write_some(s, p + at, n - at);
		if (r == IO_BROKEN)
			stream_break(s, s->why);
		if (r < 0)
			break;
		at += (size_t)r;
	}
	return at;
}

static void drop_pending(stream *s)
{
	free(s->pending);
	s->pending = NULL;
	s->pend_at = s->pend_n = 0;
}

bool stream_drain(stream *s)
{
	size_t went = write_all(s, s->pending + s->pend_at, s->pend_n);
	s->pend_at += went;
	s->pend_n -= went;
	if (s->pend_n && !s->broken)
		return false;
	drop_pending(s);
	return !s->broken;
}

static void keep(stream *s, const uint8_t *p, size_t n)
{
	size_t room = s->pend_n + n;
	uint8_t *all = room <= PENDING_MAX ? malloc(room) : NULL;
	if (!all) {
		stream_break(s, room > PENDING_MAX ? "the other end does not read" : "no memory");
		return;
	}
	if (s->pend_n)
		memcpy(all, s->pending + s->pend_at, s->pend_n);
	memcpy(all + s->pend_n, p, n);
	free(s->pending);
	s->pending = all;
	s->pend_at = 0;
	s->pend_n = room;
}

void stream_write(stream *s, const void *p, size_t n)
{
	size_t went = 0;
	if (s->broken || s->state > STREAM_OPEN)
		return;
	if (s->state == STREAM_OPEN && !s->pend_n)
		went = write_all(s, p, n);
	if (went == n || s->broken)
		return;
	keep(s, (const uint8_t *)p + went, n - went);
	stream_watch(s);
}

bool stream_full(const stream *s)
{
	return s->pend_n > 0;
}

size_t stream_unsent(const stream *s)
{
	return s->pend_n;
}
