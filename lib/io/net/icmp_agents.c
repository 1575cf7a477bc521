/* SPDX-License-Identifier: MIT */
#include "io/net/icmp_agents.h"

#include "proto/agent_adv.h"
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef ICMP_FILTER
#define ICMP_FILTER 1 /* of SOL_RAW; the C library's headers don't have it */
#endif

enum { BURST = 16, MESSAGE_MAX = 1500, IP_HDR_MIN = 20, TTL_AT = 8 };
static const uint8_t all_hosts[4] = { 224, 0, 0, 1 }, all_routers[4] = { 224, 0, 0, 2 };

struct icmp_agents {
	int fd;
	icmp_side side;
};

static bool configure(int fd, icmp_side side)
{
	int one = 1, zero = 0, ttl = 1; /* RFC 5944 2.1 */
	int wanted = side == ICMP_AGENT ? ICMP_ROUTER_SOLICITATION : ICMP_ROUTER_ADVERTISEMENT;
	uint32_t dropped = ~(1u << wanted);

	return setsockopt(fd, SOL_RAW, ICMP_FILTER, &dropped, sizeof dropped) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &zero, sizeof zero) == 0;
}

icmp_agents *icmp_agents_open(icmp_side side, err *e)
{
	icmp_agents *a = calloc(1, sizeof *a);

	if (!a) {
		err_sys(e, ENOMEM, "ICMP socket");
		return NULL;
	}
	a->side = side;
	a->fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (a->fd >= 0 && configure(a->fd, side))
		return a;
	err_sys(e, errno, "ICMP socket for agent advertisements");
	icmp_agents_close(a);
	return NULL;
}

void icmp_agents_close(icmp_agents *a)
{
	if (!a)
		return;
	if (a->fd >= 0)
		close(a->fd);
	free(a);
}

int icmp_agents_fd(const icmp_agents *a)
{
	return a->fd;
}

bool icmp_agents_join(icmp_agents *a, uint32_t ifindex, err *e)
{
	struct ip_mreqn m = { .imr_ifindex = (int)ifindex };

	memcpy(&m.imr_multiaddr, all_routers, 4);
	if (setsockopt(a->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m) == 0 ||
	    errno == EADDRINUSE)
		return true;
	return err_sys(e, errno, "joining all routers of link %u", ifindex);
}

static void read_pktinfo(struct msghdr *h, icmp_heard *out)
{
	struct in_pktinfo i;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&i, CMSG_DATA(c), sizeof i);
			out->ifindex = (uint32_t)i.ipi_ifindex;
		}
}

/* A raw socket hands over the IP header as well. */
static bool strip(const uint8_t *p, size_t n, icmp_heard *out)
{
	size_t hdr = n >= IP_HDR_MIN ? (size_t)(p[0] & 0x0f) * 4 : 0;

	if (hdr < IP_HDR_MIN || hdr > n)
		return false;
	out->ttl = p[TTL_AT];
	out->p = p + hdr;
	out->n = n - hdr;
	return true;
}

void icmp_agents_recv(icmp_agents *a, void (*each)(void *ctx, const icmp_heard *h), void *ctx)
{
	uint8_t buf[MESSAGE_MAX];
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo)) + 64];

	for (int i = 0; i < BURST; i++) {
		struct sockaddr_in from;
		struct iovec iov = { buf, sizeof buf };
		struct msghdr h = { .msg_name = &from,
				    .msg_namelen = sizeof from,
				    .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof control };
		icmp_heard heard = { 0 };
		ssize_t n = recvmsg(a->fd, &h, MSG_DONTWAIT);
		if (n < 0)
			return;
		heard.from = ip_from_bytes((const uint8_t *)&from.sin_addr, 4);
		read_pktinfo(&h, &heard);
		if (!(h.msg_flags & MSG_TRUNC) && strip(buf, (size_t)n, &heard))
			each(ctx, &heard);
	}
}

bool icmp_agents_send(icmp_agents *a, uint32_t ifindex, const ip_addr *from, const ip_addr *to,
		      const uint8_t *p, size_t n)
{
	const uint8_t *all = a->side == ICMP_AGENT ? all_hosts : all_routers;
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct in_pktinfo i = { .ipi_ifindex = (int)ifindex };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof i)] = { 0 };
	struct msghdr h = { .msg_name = &sa,
			    .msg_namelen = sizeof sa,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);

	memcpy(&sa.sin_addr, to ? to->b : all, 4);
	if (from->len == 4)
		memcpy(&i.ipi_spec_dst, from->b, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof i);
	memcpy(CMSG_DATA(c), &i, sizeof i);
	return sendmsg(a->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n;
}
