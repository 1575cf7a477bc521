/* SPDX-License-Identifier: MIT */
/* ipip_sock.h - what the files of ipip.h share. Private to lib/io. */
#ifndef HW_IO_NET_IPIP_SOCK_H
#define HW_IO_NET_IPIP_SOCK_H

#include "io/net/ipip.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { IPIP_BATCH = 64, IPIP_SEND_BATCH = 256 };

struct ipip_sock {
	int fd;
	uint8_t *mem; /* receive buffers */
	struct mmsghdr rx[IPIP_BATCH];
	struct iovec rx_iov[IPIP_BATCH];
	struct mmsghdr tx[IPIP_SEND_BATCH];
	struct iovec tx_iov[IPIP_SEND_BATCH][2];
	struct sockaddr_in to[IPIP_SEND_BATCH];
	uint8_t hdrs[IPIP_SEND_BATCH][IPIP_HDRS];
	uint64_t refused;
};

#endif
