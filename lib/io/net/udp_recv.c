/* SPDX-License-Identifier: MIT */
#include "io/net/udp_sock.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	RX_MESSAGES = 8,
	RX_BUFFER = 65536, /* UDP_GRO hands over at most one IP packet's worth */
	RX_CONTROL = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + 64,
};

struct udp_rx {
	uint8_t *mem; /* mapped, so that pages no datagram ever reached cost nothing */
	struct mmsghdr hdr[RX_MESSAGES];
	struct iovec iov[RX_MESSAGES];
	struct sockaddr_in6 from[RX_MESSAGES]; /* large enough for both families */
	_Alignas(struct cmsghdr) uint8_t control[RX_MESSAGES][RX_CONTROL];
};

static void rx_lay_out(udp_rx *rx)
{
	for (size_t i = 0; i < RX_MESSAGES; i++) {
		struct msghdr *h = &rx->hdr[i].msg_hdr;
		rx->iov[i] = (struct iovec){ rx->mem + i * RX_BUFFER, RX_BUFFER };
		h->msg_iov = &rx->iov[i];
		h->msg_iovlen = 1;
		h->msg_name = &rx->from[i];
		h->msg_control = rx->control[i];
	}
}

udp_rx *udp_rx_new(err *e)
{
	udp_rx *rx = calloc(1, sizeof(*rx));
	void *mem = mmap(NULL, RX_MESSAGES * RX_BUFFER, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!rx || mem == MAP_FAILED) {
		err_sys(e, ENOMEM, "receive buffers");
		if (mem != MAP_FAILED)
			munmap(mem, RX_MESSAGES * RX_BUFFER);
		free(rx);
		return NULL;
	}
	rx->mem = mem;
	rx_lay_out(rx);
	return rx;
}

void udp_rx_free(udp_rx *rx)
{
	if (!rx)
		return;
	munmap(rx->mem, RX_MESSAGES * RX_BUFFER);
	free(rx);
}

/* Where it was sent to and came in. spec_dst is the destination, or for a broadcast our address
 * there. */
static void read_pktinfo(const struct cmsghdr *c, dgram_in *d)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo i;
		memcpy(&i, CMSG_DATA(c), sizeof(i));
		d->local = ip_from_bytes((const uint8_t *)&i.ipi_spec_dst, 4);
		d->ifindex = (uint32_t)i.ipi_ifindex;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo i;
		memcpy(&i, CMSG_DATA(c), sizeof(i));
		d->local = ip_from_bytes((const uint8_t *)&i.ipi6_addr, 16);
		d->ifindex = i.ipi6_ifindex;
	}
}

/* Returns the length of the datagrams that were joined; 0: it is one datagram. */
static size_t read_control(struct msghdr *h, dgram_in *d)
{
	size_t seg = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		int v = 0;
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&v, CMSG_DATA(c), sizeof(v));
		else
			read_pktinfo(c, d);
		if (v > 0)
			seg = (size_t)v;
	}
	return seg;
}

static void hand_over(udp_rx *rx, size_t i, uint32_t name,
		      void (*each)(void *ctx, const dgram_in *d), void *ctx)
{
	struct msghdr *h = &rx->hdr[i].msg_hdr;
	uint8_t *p = rx->iov[i].iov_base;
	size_t left = rx->hdr[i].msg_len;
	dgram_in d = { .sock = name };

	if ((h->msg_flags & MSG_TRUNC) || !endpoint_from_sockaddr(h->msg_name, &d.from))
		return;
	size_t seg = read_control(h, &d);
	if (!seg || seg > left)
		seg = left;
	do {
		d.p = p;
		d.n = left < seg ? left : seg;
		p += d.n;
		left -= d.n;
		each(ctx, &d);
	} while (left);
}

static int receive(const udp_sock *s, udp_rx *rx)
{
	int n;

	for (size_t i = 0; i < RX_MESSAGES; i++) {
		rx->hdr[i].msg_hdr.msg_namelen = sizeof(rx->from[i]);
		rx->hdr[i].msg_hdr.msg_controllen = sizeof(rx->control[i]);
	}
	do
		n = recvmmsg(s->fd, rx->hdr, RX_MESSAGES, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int udp_recv(udp_sock *s, udp_rx *rx, uint32_t name, void (*each)(void *ctx, const dgram_in *d),
	     void *ctx, bool *more)
{
	int n = receive(s, rx);

	*more = n == RX_MESSAGES;
	for (int i = 0; i < n; i++)
		hand_over(rx, (size_t)i, name, each, ctx);
	return n == -EAGAIN ? 0 : n;
}
