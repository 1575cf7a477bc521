/* SPDX-License-Identifier: MIT */
#include "io/net/netlink.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel's own macros for these are of type int. */
#define ATTR_HEADER sizeof(struct nlattr)
#define TYPE_MASK   ((uint16_t) ~(unsigned)(NLA_F_NESTED | NLA_F_NET_BYTEORDER))

static size_t padded_len(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* The kernel answers at once; this only bounds the wait if it does not. */
static const struct timeval patience = { .tv_sec = 3 };

bool nl_open(nl_sock *s, uint32_t groups, bool nonblocking, err *e)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int type = SOCK_RAW | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);

	*s = (nl_sock){ .fd = socket(AF_NETLINK, type, NETLINK_ROUTE), .buf = malloc(NL_BUFFER) };
	if (s->fd >= 0 && s->buf && bind(s->fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		return true;
	}
	err_sys(e, s->buf ? errno : ENOMEM, "netlink");
	nl_close(s);
	return false;
}

void nl_close(nl_sock *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
	*s = (nl_sock){ .fd = -1 };
}

static uint8_t *room(nl_request *r, size_t n)
{
	size_t padded = padded_len(n);

	if (r->bad || padded > sizeof(r->b) - r->n) {
		r->bad = true;
		return NULL;
	}
	uint8_t *p = memset(r->b + r->n, 0, padded);
	r->n += padded;
	return p;
}

void nl_begin(nl_request *r, uint16_t type, uint16_t flags, const void *body, size_t n)
{
	struct nlmsghdr h = { .nlmsg_type = type,
			      .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) };

	r->n = 0;
	r->bad = false;
	memcpy(room(r, sizeof(h)), &h, sizeof(h));
	uint8_t *p = room(r, n);
	if (p)
		memcpy(p, body, n);
}

void nl_put(nl_request *r, uint16_t attr, const void *p, size_t n)
{
	struct nlattr a = { .nla_len = (uint16_t)(ATTR_HEADER + n), .nla_type = attr };
	uint8_t *at = n < sizeof(r->b) ? room(r, ATTR_HEADER + n) : NULL;

	if (!at) {
		r->bad = true;
		return;
	}
	memcpy(at, &a, sizeof(a));
	if (n)
		memcpy(at + ATTR_HEADER, p, n);
}

void nl_put_u32(nl_request *r, uint16_t attr, uint32_t v)
{
	nl_put(r, attr, &v, sizeof(v));
}

void nl_put_addr(nl_request *r, uint16_t attr, const ip_addr *a)
{
	if (a->len)
		nl_put(r, attr, a->b, a->len);
}

size_t nl_open_nest(nl_request *r, uint16_t attr)
{
	size_t at = r->n;

	nl_put(r, attr | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_close_nest(nl_request *r, size_t at)
{
	uint16_t len = (uint16_t)(r->n - at);

	if (!r->bad)
		memcpy(r->b + at + offsetof(struct nlattr, nla_len), &len, sizeof(len));
}

/* An item of `len` octets at the cursor: yields what follows its header, moves on past its
 * padding. */
static bool step(nl_cursor *c, size_t header, size_t len, nl_cursor *value)
{
	size_t padded = padded_len(len);

	if (len < header || len > c->n)
		return false;
	*value = (nl_cursor){ c->p + header, len - header };
	if (padded > c->n)
		padded = c->n;
	c->p += padded;
	c->n -= padded;
	return true;
}

bool nl_next_message(nl_cursor *c, nl_message *out)
{
	struct nlmsghdr h;

	if (c->n < sizeof(h))
		return false;
	memcpy(&h, c->p, sizeof(h));
	out->type = h.nlmsg_type;
	out->flags = h.nlmsg_flags;
	out->seq = h.nlmsg_seq;
	return step(c, sizeof(h), h.nlmsg_len, &out->body);
}

bool nl_next_attr(nl_cursor *c, nl_attr *out)
{
	struct nlattr a;

	if (c->n < sizeof(a))
		return false;
	memcpy(&a, c->p, sizeof(a));
	out->type = a.nla_type & TYPE_MASK;
	return step(c, sizeof(a), a.nla_len, &out->value);
}

bool nl_body(const nl_message *m, void *out, size_t n, nl_cursor *attrs)
{
	nl_cursor c = m->body, fixed;

	if (!step(&c, 0, n, &fixed))
		return false;
	memcpy(out, fixed.p, n);
	*attrs = c;
	return true;
}

uint32_t nl_u32(const nl_attr *a)
{
	uint32_t v = 0;

	if (a->value.n == sizeof(v))
		memcpy(&v, a->value.p, sizeof(v));
	return v;
}

ip_addr nl_addr(const nl_attr *a)
{
	return ip_from_bytes(a->value.p, a->value.n);
}

/* Only what the kernel (port 0) sends counts. */
int nl_receive(nl_sock *s, nl_cursor *out)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		struct iovec iov = { s->buf, NL_BUFFER };
		struct msghdr h = { .msg_name = &from,
				    .msg_namelen = sizeof(from),
				    .msg_iov = &iov,
				    .msg_iovlen = 1 };
		ssize_t n = recvmsg(s->fd, &h, 0);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n < 0 || from.nl_pid != 0)
			continue;
		*out = (nl_cursor){ s->buf, (size_t)n };
		return h.msg_flags & MSG_TRUNC ? ENOBUFS : 0;
	}
}

static int transmit(nl_sock *s, nl_request *r, uint16_t flags)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr h;
	ssize_t n;

	if (r->bad)
		return EMSGSIZE;
	memcpy(&h, r->b, sizeof(h));
	h.nlmsg_len = (uint32_t)r->n;
	h.nlmsg_flags |= flags;
	h.nlmsg_seq = ++s->seq;
	memcpy(r->b, &h, sizeof(h));
	do
		n = sendto(s->fd, r->b, r->n, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? errno : 0;
}

/* NLMSG_ERROR and NLMSG_DONE both start with a negative errno, or 0. */
static int verdict(const nl_message *m)
{
	int code = 0;
	nl_cursor rest;

	if (!nl_body(m, &code, sizeof(code), &rest))
		return m->type == NLMSG_DONE ? 0 : EBADMSG;
	return -code;
}

int nl_ask(nl_sock *s, nl_request *r)
{
	int why = transmit(s, r, NLM_F_ACK);

	while (!why) {
		nl_cursor c = { NULL, 0 };
		nl_message m;
		why = nl_receive(s, &c);
		while (!why && nl_next_message(&c, &m))
			if (m.seq == s->seq && m.type == NLMSG_ERROR)
				return verdict(&m);
	}
	return why == EAGAIN ? ETIMEDOUT : why;
}

int nl_dump(nl_sock *s, nl_request *r, nl_each *each, void *ctx)
{
	bool interrupted = false;
	int why = transmit(s, r, NLM_F_DUMP);

	while (!why) {
		nl_cursor c = { NULL, 0 };
		nl_message m;
		why = nl_receive(s, &c);
		while (!why && nl_next_message(&c, &m)) {
			if (m.seq != s->seq)
				continue; /* of an earlier request that was given up */
			interrupted |= (m.flags & NLM_F_DUMP_INTR) != 0;
			if (m.type == NLMSG_DONE && interrupted)
				return EAGAIN;
			if (m.type == NLMSG_DONE || m.type == NLMSG_ERROR)
				return verdict(&m);
			each(ctx, &m);
		}
	}
	return why == EAGAIN ? ETIMEDOUT : why;
}
