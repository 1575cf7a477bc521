/* SPDX-License-Identifier: MIT */
#include "io/filter/watch.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	GROUP = 1 << (NFNLGRP_NFTABLES - 1),
	TABLE_GONE = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE
};

int filter_watch_open(err *e)
{
	const struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = GROUP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	err_sys(e, errno, "nftables");
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool has_gone(const uint8_t *p, size_t n)
{
	struct nlmsghdr h;

	while (n >= sizeof h) {
		memcpy(&h, p, sizeof h);
		size_t step = ((size_t)h.nlmsg_len + 3) & ~(size_t)3;
		if (h.nlmsg_type == TABLE_GONE)
			return true;
		if (h.nlmsg_len < sizeof h || step > n)
			return false;
		p += step;
		n -= step;
	}
	return false;
}

bool filter_watch_drain(int fd)
{
	uint8_t p[8192]; /* what is longer is cut: its first messages are enough */
	bool gone = false;

	for (;;) {
		ssize_t n = recv(fd, p, sizeof p, 0);
		if (n < 0 && errno == ENOBUFS)
			gone = true;
		else if (n < 0 && errno != EINTR)
			return gone;
		else if (n > 0)
			gone |= has_gone(p, (size_t)n);
	}
}
