/* SPDX-License-Identifier: MIT */
/* udp_send.c - the runs of a queue as messages of one sendmmsg.
 *
 * A run of several segments leaves as one message with UDP_SEGMENT. The kernel may refuse that:
 * for good (an old kernel, a device without checksum offload: EIO, EOPNOTSUPP, EINVAL), or only
 * because the segments are longer than the link (EINVAL, or EMSGSIZE since 6.16). Then the
 * segments go one by one, which distinguishes the two: a segment that is too long gets its
 * EMSGSIZE, and if they pass, the kernel is not asked to segment for the next GSO_REST runs (the
 * route may change, so it is asked again then).
 *
 * sendmmsg stops at the first message that fails; what failed is dropped and the rest sent on. */
#include "io/net/udp_sock.h"
#include "base/clock.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

enum { BATCH = 64, PATIENCE_MS = 10, GSO_REST = 1024 };
enum { CONTROL = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)) };

typedef struct message {
	struct sockaddr_storage to;
	struct iovec iov;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL]; /* the source, then the segment length */
	size_t source_len; /* of control, without the segment length */
	uint16_t seg, n_segs;
} message;

typedef struct sending {
	udp_sock *s;
	uint32_t name;
	const dgramq *q;
	uint32_t run, seg;   /* what goes into the next batch */
	uint64_t give_up_ms; /* 0: did not have to wait yet */
	bool full;           /* waited long enough: drop the rest */
	unsigned dropped;
	int last_errno;
	unsigned n;
	struct mmsghdr hdr[BATCH];
	message msg[BATCH];
} sending;

static size_t put_cmsg(uint8_t *control, size_t at, int level, int type, const void *p, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)(control + at);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), p, n);
	return at + CMSG_SPACE(n);
}

static size_t put_source(uint8_t *control, int family, const ip_addr *from)
{
	struct in_pktinfo i4 = { 0 };
	struct in6_pktinfo i6 = { 0 };

	if (family == AF_INET && from->len == 4) {
		memcpy(&i4.ipi_spec_dst, from->b, 4);
		return put_cmsg(control, 0, IPPROTO_IP, IP_PKTINFO, &i4, sizeof(i4));
	}
	if (family == AF_INET6 && from->len == 16) {
		memcpy(&i6.ipi6_addr, from->b, 16);
		return put_cmsg(control, 0, IPPROTO_IPV6, IPV6_PKTINFO, &i6, sizeof(i6));
	}
	return 0;
}

static void add_message(sending *w, const dgram_run *r, uint32_t seg, uint32_t n_segs)
{
	message *m = &w->msg[w->n];
	struct msghdr *h = &w->hdr[w->n++].msg_hdr;
	uint32_t off = seg * r->seg, len = n_segs * r->seg;

	if (len > r->len - off)
		len = r->len - off;
	m->iov = (struct iovec){ w->q->bytes + r->at + off, len };
	m->seg = r->seg;
	m->n_segs = (uint16_t)n_segs;
	m->source_len = put_source(m->control, w->s->family, &r->route.from);
	*h = (struct msghdr){ .msg_name = &m->to, .msg_iov = &m->iov, .msg_iovlen = 1 };
	h->msg_namelen = endpoint_to_sockaddr(&r->route.to, &m->to);
	h->msg_control = m->control;
	h->msg_controllen = m->source_len;
	if (n_segs > 1)
		h->msg_controllen = put_cmsg(m->control, m->source_len, IPPROTO_UDP, UDP_SEGMENT,
					     &r->seg, sizeof(r->seg));
}

static void drop(sending *w, unsigned n, int why)
{
	w->dropped += n;
	if (why)
		w->last_errno = why;
}

/* One run, or what of it still fits the batch; true when all of it is in. */
static bool add_run(sending *w, const dgram_run *r)
{
	if (r->route.to.addr.len != (w->s->family == AF_INET ? 4 : 16)) {
		drop(w, r->n_segs, EAFNOSUPPORT);
		return true;
	}
	if (r->n_segs == 1 || (!w->seg && !w->s->gso_rest)) {
		add_message(w, r, 0, r->n_segs);
		return true;
	}
	if (!w->seg)
		w->s->gso_rest--;
	while (w->seg < r->n_segs && w->n < BATCH)
		add_message(w, r, w->seg++, 1);
	return w->seg == r->n_segs;
}

static bool fill_batch(sending *w)
{
	w->n = 0;
	while (w->run < w->q->n_runs && w->n < BATCH) {
		const dgram_run *r = &w->q->runs[w->run];
		if (r->route.sock == w->name && !add_run(w, r))
			break;
		w->run++;
		w->seg = 0;
	}
	return w->n > 0;
}

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
	/* After ENOBUFS the socket has room but a device's queue does not: just let a moment
	 * pass. */
	struct pollfd p = { .fd = w->s->fd, .events = why == EAGAIN ? POLLOUT : 0 };
	poll(&p, 1, why == EAGAIN ? (int)(w->give_up_ms - now) : 1);
	return true;
}

static bool try_again(sending *w, int why)
{
	if (why == EINTR)
		return true;
	return (why == EAGAIN || why == ENOBUFS) && wait_for_room(w, why);
}

/* Returns 0 or why it didn't go. */
static int send_one(sending *w, const struct msghdr *h)
{
	while (sendmsg(w->s->fd, h, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		if (!try_again(w, errno))
			return errno;
	return 0;
}

static void send_segments(sending *w, const struct msghdr *whole, const message *m)
{
	struct msghdr h = *whole;
	struct iovec iov = m->iov;
	size_t left = m->iov.iov_len;
	bool passed = false, too_long = false;

	h.msg_iov = &iov;
	h.msg_controllen = m->source_len;
	for (; left; left -= iov.iov_len, iov.iov_base = (uint8_t *)iov.iov_base + iov.iov_len) {
		iov.iov_len = left < m->seg ? left : m->seg;
		int why = w->full ? EAGAIN : send_one(w, &h);
		passed |= why == 0;
		too_long |= why == EMSGSIZE;
		if (why)
			drop(w, 1, w->full ? 0 : why);
	}
	if (passed && !too_long)
		w->s->gso_rest = GSO_REST;
}

static bool segmentation_refused(const message *m, int why)
{
	return m->n_segs > 1 &&
	       (why == EINVAL || why == EIO || why == EOPNOTSUPP || why == EMSGSIZE);
}

/* Message i of the batch failed, for a reason other than a full socket. */
static void give_up_message(sending *w, unsigned i, int why)
{
	if (segmentation_refused(&w->msg[i], why))
		send_segments(w, &w->hdr[i].msg_hdr, &w->msg[i]);
	else
		drop(w, w->msg[i].n_segs, why);
}

static void send_batch(sending *w)
{
	unsigned i = 0;

	while (i < w->n && !w->full) {
		int sent = sendmmsg(w->s->fd, w->hdr + i, w->n - i, MSG_DONTWAIT | MSG_NOSIGNAL);
		int why = errno;
		if (sent > 0)
			i += (unsigned)sent;
		else if (!try_again(w, why) && !w->full)
			give_up_message(w, i++, why);
	}
	for (; i < w->n; i++)
		drop(w, w->msg[i].n_segs, 0);
}

unsigned udp_send(udp_sock *s, uint32_t name, const dgramq *q, int *last_errno)
{
	sending w; /* the batch needs no clearing */

	w.s = s;
	w.name = name;
	w.q = q;
	w.run = w.seg = 0;
	w.give_up_ms = 0;
	w.full = false;
	w.dropped = 0;
	w.last_errno = 0;
	while (fill_batch(&w))
		send_batch(&w);
	*last_errno = w.last_errno;
	return w.dropped;
}
