/* SPDX-License-Identifier: MIT */
#include "io/net/packet_tap.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet_tap {
	io_loop *loop;
	io_call *seen;
	void *ctx;
	int fd; /* -1: not set */
	io_watch *watch;
	uint32_t ifindex;
};

enum {
	PACKET_TYPE = SKF_AD_OFF + SKF_AD_PKTTYPE,
	PROTOCOL = SKF_AD_OFF + SKF_AD_PROTOCOL,
	IP4_DST = 16,
	IP4_MULTICAST = 0xe0, /* and all above */
	IP6_NEXT_HEADER = 6,
	IP6_DST = 24,
	IP6_MULTICAST = 0xff,
	ICMP6 = 58,
	ICMP6_TYPE = 40,
	ND_FIRST = 133, /* RFC 4861 4: the kernel's own questions and answers about neighbours */
	ND_LAST = 137,
};

#define LOAD(size, at)             BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(at))
#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, yes, no)

/* Offsets are from the network header (SOCK_DGRAM); jumps are relative. */
static const struct sock_filter to_one_host[] = {
	LOAD(BPF_B, PACKET_TYPE),
	JUMP(BPF_JEQ, PACKET_OUTGOING, 0, 13),
	LOAD(BPF_H, PROTOCOL),
	JUMP(BPF_JEQ, ETH_P_IPV6, 3, 0),
	JUMP(BPF_JEQ, ETH_P_IP, 0, 10),
	LOAD(BPF_B, IP4_DST),
	JUMP(BPF_JGE, IP4_MULTICAST, 8, 7),
	LOAD(BPF_B, IP6_DST),
	JUMP(BPF_JEQ, IP6_MULTICAST, 6, 0),
	LOAD(BPF_B, IP6_NEXT_HEADER),
	JUMP(BPF_JEQ, ICMP6, 0, 3),
	LOAD(BPF_B, ICMP6_TYPE),
	JUMP(BPF_JGE, ND_FIRST, 0, 1),
	JUMP(BPF_JGT, ND_LAST, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

packet_tap *packet_tap_new(io_loop *l, io_call *seen, void *ctx, err *e)
{
	packet_tap *t = calloc(1, sizeof *t);

	if (!t) {
		err_sys(e, ENOMEM, "packet socket");
		return NULL;
	}
	*t = (packet_tap){ .loop = l, .seen = seen, .ctx = ctx, .fd = -1 };
	return t;
}

void packet_tap_clear(packet_tap *t)
{
	io_watch_free(t->watch);
	t->watch = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

void packet_tap_free(packet_tap *t)
{
	if (!t)
		return;
	packet_tap_clear(t);
	free(t);
}

static void on_packet(void *ctx)
{
	packet_tap *t = ctx;

	packet_tap_clear(t);
	t->seen(t->ctx);
}

/* Of protocol 0 it receives nothing until it is bound: the filter is there before the first packet. */
static bool open_socket(packet_tap *t, uint32_t ifindex)
{
	const struct sock_fprog f = { .len = sizeof to_one_host / sizeof to_one_host[0],
				      .filter = (struct sock_filter *)(uintptr_t)to_one_host };
	const struct sockaddr_ll a = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_ALL),
				       .sll_ifindex = (int)ifindex };

	t->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return t->fd >= 0 && setsockopt(t->fd, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof f) == 0 &&
	       bind(t->fd, (const struct sockaddr *)&a, sizeof a) == 0;
}

bool packet_tap_set(packet_tap *t, uint32_t ifindex, err *e)
{
	if (t->fd >= 0 && t->ifindex == ifindex)
		return true;
	packet_tap_clear(t);
	t->ifindex = ifindex;
	if (!open_socket(t, ifindex))
		err_sys(e, errno, "packet socket (needs CAP_NET_RAW)");
	else if ((t->watch = io_watch_new(t->loop, t->fd, on_packet, t, e)))
		return true;
	packet_tap_clear(t);
	return false;
}
