/* SPDX-License-Identifier: MIT */
/* tunnel_mtu.h - search for the largest UDP payload that a path carries (RFC 8899, DPLPMTUD), by padded
 * echoes inside ESP. Several sizes go out at once, so that one round trip finds a usable one; then the gap
 * is halved; later the search is repeated upward. Sans-I/O. */
#ifndef HW_CORE_PACKET_TUNNEL_MTU_H
#define HW_CORE_PACKET_TUNNEL_MTU_H

#include <stdbool.h>
#include <stdint.h>

enum { TUNNEL_MTU_PROBES = 8, TUNNEL_MTU_MIN = 548 /* IPv4's 576 less IP and UDP headers */ };

typedef struct tunnel_mtu {
	uint16_t link_max; /* what the local link allows */
	uint16_t good;     /* largest answered; 0: none yet */
	uint16_t bad;      /* smallest known not to pass; link_max + 1: none */
	uint16_t pending[TUNNEL_MTU_PROBES];
	uint8_t n_pending, rounds;
	uint16_t guess; /* to use while nothing is answered */
	uint64_t sent_ms, retry_ms, raise_ms;
} tunnel_mtu;

void tunnel_mtu_start(tunnel_mtu *m, uint16_t link_max, uint64_t now_ms);
/* Sizes (UDP payload octets) to send echoes of now; returns how many. The timeout depends on rtt_ms. */
unsigned tunnel_mtu_probe(tunnel_mtu *m, uint64_t now_ms, uint32_t rtt_ms,
			  uint16_t sizes[TUNNEL_MTU_PROBES]);
void tunnel_mtu_answered(tunnel_mtu *m, uint16_t size);
/* Packets of the size in use are lost (black hole, RFC 8899 4.3): search again from below. */
void tunnel_mtu_suspect(tunnel_mtu *m, uint64_t now_ms);
uint16_t tunnel_mtu_now(const tunnel_mtu *m); /* to use now: good, or a cautious guess before */
bool tunnel_mtu_is_settled(const tunnel_mtu *m);
uint64_t tunnel_mtu_next_timer_ms(const tunnel_mtu *m);

#endif
