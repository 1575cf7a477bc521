/* SPDX-License-Identifier: MIT */
/* udp_sock.h - what the files of udp.h share. Private to lib/io. */
#ifndef HW_IO_NET_UDP_SOCK_H
#define HW_IO_NET_UDP_SOCK_H

#include "io/net/udp.h"

/* The kernel of today has these; the C library's headers may be older. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

struct udp_sock {
	int fd;
	int family;
	endpoint local;
	uint32_t gso_rest; /* runs still to go segment by segment, then the kernel is asked again */
};

#endif
