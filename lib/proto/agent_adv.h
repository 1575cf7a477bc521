/* SPDX-License-Identifier: MIT */
/* agent_adv.h - agent advertisement and solicitation (RFC 5944 2.1; RFC 1256): ICMP router advertisement
 * with the mobility agent advertisement extension and, as a vendor extension (RFC 3115, type 134), the
 * agent's name and whether it can set up an association with the client, SA2 (docs/protocol.md 19). Pure codec of
 * the ICMP message, IP header not included. */
#ifndef HW_PROTO_AGENT_ADV_H
#define HW_PROTO_AGENT_ADV_H

#include "base/addr.h"
#include "base/wire.h"

enum { ICMP_ROUTER_ADVERTISEMENT = 9, ICMP_ROUTER_SOLICITATION = 10, AGENT_NAME_MAX = 63 };
enum {                   /* RFC 5944 2.1.1, the flags' octets as one 16-bit field */
       AGENT_R = 0x8000, /* registration required */
       AGENT_B = 0x4000, /* busy */
       AGENT_H = 0x2000,
       AGENT_F = 0x1000, /* foreign agent */
       AGENT_T = 0x0100, /* reverse tunnelling */
       AGENT_U = 0x0080, /* UDP tunnelling (RFC 3519) */
};
typedef struct agent_adv {
	uint16_t router_lifetime_s;
	ip_addr router; /* len 0: no default router is advertised (code 16) */
	uint16_t sequence;
	uint16_t registration_lifetime_s; /* the longest accepted; 0xffff: no limit */
	uint16_t flags;
	ip_addr care_of; /* IPv4 */
	uint16_t
		port; /* UDP, where this agent takes registrations; 0 when reading: not given, 434 */
	bool sa2;     /* it can set up SA2 */
	char name[AGENT_NAME_MAX + 1]; /* "": not given */
} agent_adv;
/* The checksum is verified and written here. False: no agent advertisement (only a router's), or malformed. */
bool agent_adv_get(const uint8_t *p, size_t n, agent_adv *out);
size_t agent_adv_put(const agent_adv *a, uint8_t *out, size_t room); /* 0: no room */
bool agent_solicit_get(const uint8_t *p, size_t n);
size_t agent_solicit_put(uint8_t *out, size_t room); /* 8 */

#endif
