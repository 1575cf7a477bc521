/* SPDX-License-Identifier: MIT */
/* turncarry.c - carries somebody's UDP over a TURN server (RFC 8656), as a client with TURN built
 * in would.
 *
 *   turncarry single|batch PORT SERVER:PORT PEER:PORT
 *
 * Allocates, binds a channel to PEER, says "ready", and then passes what comes to PORT on as
 * ChannelData, and what the server hands back to whoever wrote last. single: a datagram a system
 * call, as TURN clients do it. batch: batches stay batches both ways (UDP_GRO, UDP_SEGMENT), which
 * costs next to nothing. Ends with SIGTERM.
 */
#include "base/addr.h"
#include "base/wire.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO     104
#endif
enum {
	CHANNEL = 0x4000,
	CHANNEL_HDR = 4,
	BUFFER = 65536,
	MOST = 60000, /* octets of one message of segments */
	MOST_SEGMENTS = 60,
	COOKIE = 0x2112A442, /* RFC 8489 5 */
	ALLOCATE = 0x0003,
	CHANNEL_BIND = 0x0009,
	SUCCESS = 0x0100,
	REQUESTED_TRANSPORT = 0x0019,
	CHANNEL_NUMBER = 0x000C,
	XOR_PEER_ADDRESS = 0x0012,
	UDP = 17,
};

static int udp(uint16_t port, bool batch)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1, size = 8 << 20;

	if (batch)
		setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	return bind(fd, (struct sockaddr *)&a, sizeof a) == 0 ? fd : -1;
}

/* One STUN transaction; true: the server agreed. */
static bool ask(int fd, uint16_t type, const uint8_t *attributes, size_t n)
{
	uint8_t out[128], in[1500];
	wire_wr w = wire_writer(out, sizeof out);

	wire_put_u16(&w, type);
	wire_put_u16(&w, (uint16_t)n);
	wire_put_u32(&w, COOKIE);
	uint8_t *id = wire_room(&w, 12);
	if (!id || getrandom(id, 12, 0) != 12)
		return false;
	wire_put(&w, attributes, n);
	for (int tries = 0; tries < 3; tries++) {
		if (w.bad || send(fd, out, wire_len(&w), 0) < 0)
			return false;
		ssize_t got = recv(fd, in, sizeof in, 0);
		if (got >= 20 && memcmp(in + 8, id, 12) == 0)
			return load_be16(in) == (type | SUCCESS);
	}
	return false;
}

static bool allocate(int fd)
{
	uint8_t attr[8];
	wire_wr w = wire_writer(attr, sizeof attr);

	wire_put_u16(&w, REQUESTED_TRANSPORT);
	wire_put_u16(&w, 4);
	wire_put_u32(&w, (uint32_t)UDP << 24);
	return ask(fd, ALLOCATE, attr, wire_len(&w));
}

static bool bind_channel(int fd, const endpoint *peer)
{
	uint8_t attr[32];
	wire_wr w = wire_writer(attr, sizeof attr);

	wire_put_u16(&w, CHANNEL_NUMBER);
	wire_put_u16(&w, 4);
	wire_put_u32(&w, (uint32_t)CHANNEL << 16);
	wire_put_u16(&w, XOR_PEER_ADDRESS);
	wire_put_u16(&w, 8);
	wire_put_u16(&w, 1); /* IPv4 */
	wire_put_u16(&w, (uint16_t)(peer->port ^ (COOKIE >> 16)));
	wire_put_u32(&w, load_be32(peer->addr.b) ^ COOKIE);
	return ask(fd, CHANNEL_BIND, attr, wire_len(&w));
}

/* A batch; *seg: the length of its datagrams but perhaps the last. */
static size_t receive(int fd, uint8_t *buf, size_t *seg, struct sockaddr_storage *from,
		      socklen_t *n)
{
	_Alignas(struct cmsghdr) uint8_t control[64];
	struct iovec iov = { buf, BUFFER };
	struct msghdr h = { .msg_name = from,
			    .msg_namelen = sizeof *from,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	ssize_t got = recvmsg(fd, &h, MSG_DONTWAIT);
	int size = 0;

	if (got <= 0)
		return 0;
	*n = h.msg_namelen;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c))
		if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&size, CMSG_DATA(c), sizeof size);
	*seg = size > 0 ? (size_t)size : (size_t)got;
	return (size_t)got;
}

static void transmit(int fd, uint8_t *p, size_t n, size_t seg, struct sockaddr_storage *to,
		     socklen_t to_len)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	struct iovec iov = { p, n };
	struct msghdr h = { .msg_name = to_len ? to : NULL,
			    .msg_namelen = to_len,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	uint16_t size = (uint16_t)seg;

	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof size);
	memcpy(CMSG_DATA(c), &size, sizeof size);
	if (n <= seg) /* one datagram */
		h.msg_controllen = 0;
	if (n && sendmsg(fd, &h, 0) < 0)
		return; /* full, or too long for the link: lost, as on any path */
}

typedef struct sender {
	int fd;
	struct sockaddr_storage to;
	socklen_t to_len; /* 0: connected */
	size_t n, seg, count;
	uint8_t buf[BUFFER];
} sender;

static void flush(sender *s)
{
	transmit(s->fd, s->buf, s->n, s->seg, &s->to, s->to_len);
	s->n = s->count = 0;
}

static void add(sender *s, const uint8_t *hdr, size_t hdr_len, const uint8_t *p, size_t n)
{
	if (s->n &&
	    (n + hdr_len > s->seg || s->n + n + hdr_len > MOST || s->count == MOST_SEGMENTS))
		flush(s);
	if (s->n == 0)
		s->seg = n + hdr_len;
	if (hdr)
		memcpy(s->buf + s->n, hdr, hdr_len);
	memcpy(s->buf + s->n + hdr_len, p, n);
	s->n += n + hdr_len;
	s->count++;
	if (n + hdr_len < s->seg)
		flush(s);
}

static void to_server(int client, sender *server, sender *back)
{
	static uint8_t in[BUFFER];
	size_t seg, n;

	while ((n = receive(client, in, &seg, &back->to, &back->to_len)) > 0) {
		for (size_t at = 0; at < n; at += seg) {
			size_t len = n - at < seg ? n - at : seg;
			uint8_t hdr[CHANNEL_HDR];
			store_be16(hdr, CHANNEL);
			store_be16(hdr + 2, (uint16_t)len);
			add(server, hdr, sizeof hdr, in + at, len);
		}
		flush(server);
	}
}

static void to_client(int server, sender *back)
{
	static uint8_t in[BUFFER];
	struct sockaddr_storage from;
	socklen_t from_len;
	size_t seg, n;

	while ((n = receive(server, in, &seg, &from, &from_len)) > 0) {
		for (size_t at = 0; at < n && back->to_len; at += seg) {
			size_t len = n - at < seg ? n - at : seg;
			size_t data = len > CHANNEL_HDR ? load_be16(in + at + 2) : 0;
			if (data && load_be16(in + at) == CHANNEL && data <= len - CHANNEL_HDR)
				add(back, NULL, 0, in + at + CHANNEL_HDR, data);
		}
		flush(back);
	}
}

int main(int argc, char **argv)
{
	static sender server, back;
	endpoint at, peer;
	struct sockaddr_storage sa;

	if (argc != 5 || !endpoint_parse(argv[3], 0, &at) || !endpoint_parse(argv[4], 0, &peer)) {
		fprintf(stderr, "usage: turncarry single|batch PORT SERVER:PORT PEER:PORT\n");
		return 2;
	}
	struct timeval wait = { .tv_sec = 1 };
	socklen_t n = endpoint_to_sockaddr(&at, &sa);
	bool batch = strcmp(argv[1], "batch") == 0;
	int client = back.fd = udp((uint16_t)atoi(argv[2]), batch);
	server.fd = udp(0, batch);
	setsockopt(server.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	if (client < 0 || connect(server.fd, (struct sockaddr *)&sa, n) != 0 ||
	    !allocate(server.fd) || !bind_channel(server.fd, &peer)) {
		fprintf(stderr, "turncarry: the TURN server does not agree\n");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd p[] = { { .fd = client, .events = POLLIN },
				      { .fd = server.fd, .events = POLLIN } };
		poll(p, 2, -1);
		to_server(client, &server, &back);
		to_client(server.fd, &back);
	}
}
