/* SPDX-License-Identifier: MIT */
#include "core/home/refusals.h"

#include "core/reg/reply.h"

enum { PER_S = 200, BURST = 400 };

void home_refusals_open(home_refusals *r, const home_conf *conf, dgramq *tx)
{
	*r = (home_refusals){ .conf = conf, .tx = tx, .limit = { .per_s = PER_S, .burst = BURST } };
}

/* A request is at least 24 octets, a bare refusal 20: no amplification. */
void home_refusals_send(home_refusals *r, uint64_t now_ms, const dgram_in *d, const mip_request *q,
			uint8_t code)
{
	const dgram_route back = dgram_route_back(d);
	uint8_t out[MIP_REPLY_LEN];

	if (r->conf->answers_strangers && rate_take(&r->limit, now_ms))
		dgramq_put(r->tx, &back, out, reg_refusal_build(q, code, out));
}
