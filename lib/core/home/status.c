/* SPDX-License-Identifier: MIT */
/* status.c - what the home agent tells about itself. No key, no pseudonym. */
#include "core/home/priv.h"

static uint32_t left_s(const home_client *c, uint64_t now_ms)
{
	uint64_t until = 0;

	for (unsigned i = 0; i < c->n_bindings; i++)
		if (c->bindings[i].expires_ms > until)
			until = c->bindings[i].expires_ms;
	return until > now_ms ? (uint32_t)((until - now_ms) / 1000) : 0;
}

static home_binding_status describe(const home_core *h, const home_client *c, uint64_t now_ms)
{
	const home_sa *sa = home_sa_for_sending(c);
	home_binding_status s = {
		.home4 = *home_address4(c),
		.home6 = *home_address6(c),
		.at_home = c->at_home,
		.lifetime_s = left_s(c, now_ms),
		.rx_bytes = c->rx_bytes,
		.tx_bytes = c->tx_bytes,
		.rx_packets = c->rx_packets,
		.tx_packets = c->tx_packets,
		.handovers = c->handovers,
		.mtu = home_inner_mtu(h, c),
		.relay = -1,
	};

	memcpy(s.nai, c->conf.nai, sizeof s.nai);
	if (c->n_bindings > 0) {
		s.care_of = c->bindings[0].route.to;
		s.nat = c->bindings[0].nat;
		s.carrier = c->bindings[0].carrier;
		if (c->bindings[0].route.sock >= DGRAM_RELAY)
			s.relay = (int)(c->bindings[0].route.sock - DGRAM_RELAY);
	}
	if (sa)
		s.cipher = sa->cipher;
	return s;
}

void home_core_each_binding(const home_core *h, core_time now,
			    void (*each)(void *ctx, const home_binding_status *s), void *ctx)
{
	for (const home_client *c = h->clients; c; c = c->next) {
		if (c->n_bindings == 0 && !c->at_home)
			continue;
		home_binding_status s = describe(h, c, now.ms);
		each(ctx, &s);
	}
}

home_counters home_core_counters(const home_core *h)
{
	return h->count;
}
