/* SPDX-License-Identifier: MIT */
#include "io/stream/stream_socket.h"
#include "io/net/tcp.h"
#include "io/stream/stream.h"
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	PENDING_MAX = 4 * STREAM_WRITE_MAX,
	PENDING_MIN = 4096,
	DISCARD = 16 * 1024,
	READS = 64, /* of one turn: records of TLS, however short */
};

void stream_socket_fail(stream_socket *s, const char *why)
{
	s->broken = true;
	s->why = why;
}

/* ---- in ---- */

/* Octets, or TLS_EOF, TLS_BLOCKED, TLS_BROKEN. */
static ssize_t read_clear(stream_socket *s, uint8_t *p, size_t n)
{
	ssize_t r = recv(s->fd, p, n, 0);

	if (r > 0)
		return r;
	if (r == 0) {
		s->eof = true;
		return TLS_EOF;
	}
	if (errno == EAGAIN || errno == EINTR)
		return TLS_BLOCKED;
	s->why = strerrordesc_np(errno);
	return TLS_BROKEN;
}

static ssize_t read_tls(stream_socket *s, uint8_t *p, size_t n)
{
	ssize_t r = tls_conn_read(s->tls, p, n);

	if (r == TLS_BROKEN)
		s->why = s->tls->why;
	return r;
}

/* Nothing is left for now: one more read would only return EAGAIN. */
static bool is_drained(const stream_socket *s, size_t got, size_t room)
{
	return s->tls ? !tls_conn_has_pending(s->tls) : got < room;
}

static stream_read_result end_reading(stream_socket *s, ssize_t last)
{
	if (last == TLS_BLOCKED)
		return STREAM_READ_EMPTY;
	s->broken |= last == TLS_BROKEN;
	if (last == TLS_EOF)
		s->why = NULL;
	return STREAM_READ_END;
}

size_t stream_socket_read(stream_socket *s, uint8_t *p, size_t room, stream_read_result *result)
{
	size_t n = 0;

	for (int i = 0; n < room && i < READS; i++) {
		ssize_t r = s->tls ? read_tls(s, p + n, room - n) : read_clear(s, p + n, room - n);
		if (r <= 0) {
			*result = end_reading(s, r);
			return n;
		}
		bool drained = is_drained(s, (size_t)r, room - n);
		n += (size_t)r;
		if (drained) {
			*result = STREAM_READ_EMPTY;
			return n;
		}
	}
	*result = STREAM_READ_MORE;
	return n;
}

/* ---- out ---- */

/* TCP_NOTSENT_LOWAT alone is not enough: the kernel lets its last segment grow to 64 KiB, which is 26 ms at
 * 20 Mbit/s that nothing overtakes. */
static bool has_enough_unsent(const stream_socket *s)
{
	int n;

	return ioctl(s->fd, SIOCOUTQNSD, &n) == 0 && n >= TCP_NOTSENT;
}

/* Returns how much went; 0 when it is blocked, or broke. */
static size_t write_clear(stream_socket *s, const uint8_t *p, size_t n)
{
	ssize_t r = send(s->fd, p, n, MSG_NOSIGNAL);

	if (r >= 0)
		return (size_t)r;
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		stream_socket_fail(s, strerrordesc_np(errno));
	return 0;
}

static size_t write_tls(stream_socket *s, const uint8_t *p, size_t n)
{
	ssize_t r = tls_conn_write(s->tls, p, n);

	if (r == TLS_BROKEN)
		stream_socket_fail(s, s->tls->why);
	return r > 0 ? (size_t)r : 0;
}

static size_t write_all(stream_socket *s, const uint8_t *p, size_t n)
{
	size_t at = 0, went;

	while (at < n && !has_enough_unsent(s)) {
		size_t piece = n - at < TCP_NOTSENT ? n - at : TCP_NOTSENT;
		went = s->tls ? write_tls(s, p + at, piece) : write_clear(s, p + at, piece);
		if (went == 0)
			break;
		at += went;
	}
	return at;
}

bool stream_socket_drain(stream_socket *s)
{
	size_t went = write_all(s, s->pending + s->pend_at, s->pend_n);

	s->pend_at += went;
	s->pend_n -= went;
	if (s->pend_n && !s->broken)
		return false;
	free(s->pending);
	s->pending = NULL;
	s->pend_at = s->pend_n = s->pend_room = 0;
	return !s->broken;
}

/* Room for n more behind what waits. What waits is moved only when it is less than what has gone since, or the room
 * doubles: so it costs no more for being written in small pieces. */
static bool make_room(stream_socket *s, size_t n)
{
	size_t need = s->pend_n + n, room = s->pend_room ? 2 * s->pend_room : PENDING_MIN;

	if (s->pend_at + need <= s->pend_room)
		return true;
	if (need <= s->pend_room && s->pend_n <= s->pend_at) {
		memcpy(s->pending, s->pending + s->pend_at, s->pend_n);
		s->pend_at = 0;
		return true;
	}
	while (room < need)
		room *= 2;
	uint8_t *all = malloc(room);
	if (!all)
		return false;
	if (s->pend_n)
		memcpy(all, s->pending + s->pend_at, s->pend_n);
	free(s->pending);
	s->pending = all;
	s->pend_at = 0;
	s->pend_room = room;
	return true;
}

static void keep(stream_socket *s, const uint8_t *p, size_t n)
{
	if (s->pend_n + n > PENDING_MAX)
		stream_socket_fail(s, "the other end does not read");
	else if (!make_room(s, n))
		stream_socket_fail(s, "no memory");
	if (s->broken)
		return;
	memcpy(s->pending + s->pend_at + s->pend_n, p, n);
	s->pend_n += n;
}

void stream_socket_write(stream_socket *s, const uint8_t *p, size_t n, bool open)
{
	size_t went = open && !s->pend_n ? write_all(s, p, n) : 0;

	if (went < n && !s->broken)
		keep(s, p + went, n - went);
}

void stream_socket_free(stream_socket *s)
{
	tls_conn_free(s->tls);
	free(s->pending);
	s->tls = NULL;
	s->pending = NULL;
	s->pend_n = s->pend_room = 0;
}

bool stream_socket_has_ended(const stream_socket *s)
{
	return s->eof || (s->tls && s->tls->socket.eof);
}

bool stream_socket_discard(const stream_socket *s)
{
	uint8_t away[DISCARD];
	ssize_t n = recv(s->fd, away, sizeof away, 0);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}
