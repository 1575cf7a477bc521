/* SPDX-License-Identifier: MIT */
#include "core/home/status.h"

#include "core/home/peer.h"
#include <stdio.h>

static uint32_t left_s(uint64_t end_ms, uint64_t now_ms)
{
	return end_ms > now_ms ? (uint32_t)((end_ms - now_ms) / 1000) : 0;
}

home_binding_status home_status_of(const home_peer *p, uint16_t link_mtu, uint64_t now_ms)
{
	const home_bindings *b = &p->bindings;
	const sa_pair *pair = sa_set_sending(&p->sas, now_ms);
	home_binding_status s = {
		.home4 = *home_peer_address4(p),
		.home6 = *home_peer_address6(p),
		.at_home = b->at_home,
		.lifetime_s = left_s(home_bindings_end_ms(b), now_ms),
		.rx_bytes = p->rx.octets,
		.tx_bytes = p->tx.octets,
		.rx_packets = p->rx.packets,
		.tx_packets = p->tx.packets,
		.handovers = b->handovers,
		.mtu = home_bindings_inner_mtu(b, link_mtu),
		.relay = -1,
	};

	snprintf(s.nai, sizeof s.nai, "%s", p->nai);
	if (b->n > 0) {
		s.care_of = b->all[0].route.to;
		s.nat = b->all[0].nat;
		s.carrier = b->all[0].carrier;
		if (b->all[0].route.sock >= DGRAM_RELAY)
			s.relay = (int)(b->all[0].route.sock - DGRAM_RELAY);
	}
	if (pair)
		s.cipher = pair->cipher;
	return s;
}
