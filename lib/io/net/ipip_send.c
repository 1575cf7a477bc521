/* SPDX-License-Identifier: MIT */
/* ipip_send.c - the segments of a queue, each as a packet: the headers from here, the payload where it
 * lies. */
#include "io/net/ipip_sock.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { PATIENCE_MS = 10 };

typedef struct sending {
	ipip_sock *s;
	unsigned n;          /* in the batch */
	uint64_t give_up_ms; /* 0: did not have to wait yet */
	bool full;           /* waited long enough: drop the rest */
	unsigned dropped;
	int last_errno;
} sending;

/* Back-pressure: waits until the socket takes more; false: waited PATIENCE_MS in all. */
static bool wait_for_room(sending *w, int why)
{
	uint64_t now = clock_mono_ms();

	if (!w->give_up_ms)
		w->give_up_ms = now + PATIENCE_MS;
	if (now >= w->give_up_ms) {
		w->full = true;
		return false;
	}
	struct pollfd p = { .fd = w->s->fd, .events = why == EAGAIN ? POLLOUT : 0 };
	poll(&p, 1, why == EAGAIN ? (int)(w->give_up_ms - now) : 1);
	return true;
}

/* The first of the rest failed: true if it should be tried once more. */
static bool again(sending *w, int why)
{
	if (why == EINTR)
		return true;
	if ((why == EAGAIN || why == ENOBUFS) && wait_for_room(w, why))
		return true;
	w->dropped++;
	if (!w->full)
		w->last_errno = why;
	return false;
}

static void flush(sending *w)
{
	unsigned at = 0;

	while (at < w->n && !w->full) {
		int sent =
			sendmmsg(w->s->fd, w->s->tx + at, w->n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0)
			at += (unsigned)sent;
		else if (!again(w, errno))
			at++;
	}
	w->dropped += w->n - at;
	w->n = 0;
}

static void add(sending *w, const dgram_route *r, uint8_t *p, size_t n)
{
	ipip_sock *s = w->s;
	unsigned i = w->n++;
	const endpoint from = { .addr = r->from, .port = r->from_port };

	ipip_put(s->hdrs[i], &from, &r->to, n);
	s->tx_iov[i][0] = (struct iovec){ s->hdrs[i], IPIP_HDRS };
	s->tx_iov[i][1] = (struct iovec){ p, n };
	s->to[i] = (struct sockaddr_in){ .sin_family = AF_INET };
	memcpy(&s->to[i].sin_addr, r->to.addr.b, 4);
	s->tx[i].msg_hdr = (struct msghdr){ .msg_name = &s->to[i],
					    .msg_namelen = sizeof s->to[i],
					    .msg_iov = s->tx_iov[i],
					    .msg_iovlen = 2 };
	if (w->n == IPIP_SEND_BATCH)
		flush(w);
}

static void add_run(sending *w, const dgramq *q, const dgram_run *r)
{
	for (uint32_t at = 0; at < r->len; at += r->seg) {
		uint32_t n = r->len - at < r->seg ? r->len - at : r->seg;
		add(w, &r->route, q->bytes + r->at + at, n);
	}
}

static bool is_ours(const dgram_run *r, uint32_t first, uint32_t last)
{
	return r->route.sock >= first && r->route.sock <= last && r->route.to.addr.len == 4 &&
	       r->route.from.len == 4 && r->seg > 0 && r->seg <= IPIP_MAX_PAYLOAD;
}

unsigned ipip_send(ipip_sock *s, uint32_t first, uint32_t last, const dgramq *q, int *last_errno)
{
	sending w = { .s = s };

	for (uint32_t i = 0; i < q->n_runs; i++)
		if (is_ours(&q->runs[i], first, last))
			add_run(&w, q, &q->runs[i]);
	flush(&w);
	*last_errno = w.last_errno;
	return w.dropped;
}
