/* SPDX-License-Identifier: MIT */
/* icmp_agents.h - the two ICMP messages by which mobility agents and clients find each other on a link
 * (RFC 5944 2, RFC 1256): an agent receives solicitations and sends advertisements, a client the other way
 * round. Needs CAP_NET_RAW to open. The codec is proto/agent_adv.h. */
#ifndef HW_IO_NET_ICMP_AGENTS_H
#define HW_IO_NET_ICMP_AGENTS_H

#include "base/addr.h"

typedef enum icmp_side { ICMP_AGENT, ICMP_CLIENT } icmp_side;
typedef struct icmp_agents icmp_agents;
icmp_agents *icmp_agents_open(icmp_side side, err *e);
void icmp_agents_close(icmp_agents *a); /* NULL is fine */
int icmp_agents_fd(const icmp_agents *a);
bool icmp_agents_join(icmp_agents *a, uint32_t ifindex,
		      err *e); /* agent: receive "all routers" there */

typedef struct icmp_heard {
	uint32_t ifindex; /* the link it came on */
	ip_addr from;
	uint8_t ttl;
	const uint8_t *p; /* the ICMP message; valid during the call */
	size_t n;
} icmp_heard;
/* Reads what is there, a bounded number at a time. */
void icmp_agents_recv(icmp_agents *a, void (*each)(void *ctx, const icmp_heard *h), void *ctx);

/* Out of that link, with TTL 1, to one host, or (to NULL) to all hosts or all routers of the link. from.len 0: the
 * system's choice. */
bool icmp_agents_send(icmp_agents *a, uint32_t ifindex, const ip_addr *from, const ip_addr *to,
		      const uint8_t *p, size_t n);

#endif
