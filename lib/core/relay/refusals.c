/* SPDX-License-Identifier: MIT */
#include "core/relay/refusals.h"

enum { PER_S = 200, BURST = 400 }; /* of each kind */

void relay_refusals_init(relay_refusals *f, const relay_conf *conf, dgramq *to_clients)
{
	const rate_limit limit = { .per_s = PER_S, .burst = BURST };

	*f = (relay_refusals){ conf, to_clients, limit, limit };
}

void relay_refusals_send(relay_refusals *f, uint64_t now_ms, const dgram_route *to,
			 reg_relay_refusal what)
{
	uint8_t out[MIP_MAX_MESSAGE];

	if (!what.key && !f->conf->answers_strangers)
		return;
	if (!rate_take(what.key ? &f->signed_ones : &f->bare, now_ms))
		return;
	what.name = f->conf->name;
	size_t n = reg_relay_refusal_build(&what, out);
	if (n)
		dgramq_put(f->to_clients, to, out, n);
}
