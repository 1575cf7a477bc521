/* SPDX-License-Identifier: MIT */
/* syn.h - the packet that opens a TCP connection, with its maximum segment size. */
#ifndef HW_TESTS_SYN_H
#define HW_TESTS_SYN_H

#include "base/addr.h"
#include "base/wire.h"
#include "proto/ip.h"
#include "proto/tcp.h"

#include <string.h>

enum { MSS = 1460, SYN_LEN = 44, MSS_AT = 20 + 20 + 2 };

/* A TCP SYN with a maximum segment size; */
static inline void build_syn(uint8_t *p, const ip_addr *from, const ip_addr *to, uint8_t flags)
{
	memset(p, 0, SYN_LEN);
	p[0] = 0x45;
	p[8] = 64;
	p[9] = IPPROTO_NUM_TCP;
	memcpy(p + 12, from->b, 4);
	memcpy(p + 16, to->b, 4);
	store_be16(p + 20, 1234);
	store_be16(p + 22, 80);
	p[32] = 6 << 4;
	p[33] = flags;
	p[40] = 2;
	p[41] = 4;
	store_be16(p + MSS_AT, MSS);
	ip_view v = { .version = 4, .proto = IPPROTO_NUM_TCP, .hdr_len = 20, .len = SYN_LEN };
	ip_set_len(p, &v, SYN_LEN);
}

#endif
