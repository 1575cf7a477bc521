/* SPDX-License-Identifier: MIT */
#include "regload_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL_LEN = CMSG_SPACE(sizeof(struct in_pktinfo)), SOCKET_BUFFER = 8 * 1024 * 1024 };

typedef struct batch {
	net_dgram dgrams[NET_BATCH];
	struct mmsghdr msgs[NET_BATCH];
	struct iovec iov[NET_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[NET_BATCH][CONTROL_LEN];
} batch;

struct net {
	int fd;
	struct sockaddr_storage server;
	socklen_t server_len;
	unsigned filled;
	batch out, in;
};

static void batch_point(batch *b)
{
	for (unsigned i = 0; i < NET_BATCH; i++) {
		b->iov[i] = (struct iovec){ b->dgrams[i].p, MIP_MAX_MESSAGE };
		b->msgs[i].msg_hdr = (struct msghdr){
			.msg_iov = &b->iov[i],
			.msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = CONTROL_LEN,
		};
	}
}

static bool net_socket(net *n, uint16_t port, err *e)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1, size = SOCKET_BUFFER;

	n->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd < 0 || bind(n->fd, (struct sockaddr *)&any, sizeof any))
		return err_sys(e, errno, "UDP port %u", port);
	if (setsockopt(n->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on))
		return err_sys(e, errno, "IP_PKTINFO");
	if (setsockopt(n->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		return err_sys(e, errno, "receive buffer");
	return true;
}

net *net_open(const endpoint *server, uint16_t port, err *e)
{
	net *n = calloc(1, sizeof *n);

	if (!n) {
		err_set(e, ERR_LIMIT, "no memory");
		return NULL;
	}
	n->server_len = endpoint_to_sockaddr(server, &n->server);
	batch_point(&n->out);
	if (net_socket(n, port, e))
		return n;
	net_close(n);
	return NULL;
}

int net_fd(const net *n)
{
	return n->fd;
}

void net_close(net *n)
{
	if (!n)
		return;
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

net_dgram *net_slot(net *n)
{
	return n->filled < NET_BATCH ? &n->out.dgrams[n->filled] : NULL;
}

static void source_from(struct msghdr *m, const ip_addr *from)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo info = { 0 };

	memcpy(&info.ipi_spec_dst, from->b, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof info);
	memcpy(CMSG_DATA(c), &info, sizeof info);
}

void net_commit(net *n)
{
	struct msghdr *m = &n->out.msgs[n->filled].msg_hdr;
	net_dgram *d = &n->out.dgrams[n->filled];

	n->out.iov[n->filled].iov_len = d->n;
	m->msg_name = &n->server;
	m->msg_namelen = n->server_len;
	source_from(m, &d->ours);
	n->filled++;
}

bool net_flush(net *n, err *e)
{
	for (unsigned done = 0; done < n->filled;) {
		int sent = sendmmsg(n->fd, n->out.msgs + done, n->filled - done, 0);
		if (sent < 0 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS &&
		    errno != ECONNREFUSED)
			return err_sys(e, errno, "send");
		done += sent > 0 ? (unsigned)sent : 0;
	}
	n->filled = 0;
	return true;
}

static void destination_of(struct msghdr *m, net_dgram *d)
{
	d->ours = (ip_addr){ 0 };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof info);
		d->ours = ip_from_bytes((const uint8_t *)&info.ipi_addr, 4);
	}
}

unsigned net_receive(net *n, int timeout_ms, const net_dgram **out)
{
	struct pollfd p = { n->fd, POLLIN, 0 };

	*out = n->in.dgrams;
	if (poll(&p, 1, timeout_ms) != 1)
		return 0;
	batch_point(&n->in);
	int got = recvmmsg(n->fd, n->in.msgs, NET_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		n->in.dgrams[i].n = n->in.msgs[i].msg_len;
		destination_of(&n->in.msgs[i].msg_hdr, &n->in.dgrams[i]);
	}
	return got > 0 ? (unsigned)got : 0;
}
