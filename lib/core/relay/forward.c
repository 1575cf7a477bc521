/* SPDX-License-Identifier: MIT */
/* forward.c - packets of visitors, both ways: looked up, counted, queued. What is inside is not ours
 * to read. */
#include "core/relay/priv.h"

/* Eight octets for an ESP packet, which is never shorter. */
static void hint(relay_core *r, core_time now, const dgram_in *d)
{
	const dgram_route back = { .sock = d->sock, .to = d->from, .from = d->local };
	uint8_t out[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	if (!rate_take(&r->hints, now.ms)) {
		r->count.hints_held_back++;
		return;
	}
	r->count.hints_sent++;
	ctl_unknown_visitor_put(&w, load_be32(d->p));
	dgramq_put(r->out, &back, out, wire_len(&w));
}

void relay_inwards(relay_core *r, core_time now, const dgram_in *d)
{
	relay_visitor *v = relay_visitor_of(r, d);

	if (!v || !v->registered) {
		r->count.strangers++;
		if (!v) /* else home is being asked already */
			hint(r, now, d);
		return;
	}
	const dgram_route to = relay_to_home(r, v->port, MIP_ESP_PORT);
	if (!dgramq_put(r->in, &to, d->p, d->n))
		return;
	v->up_bytes += d->n;
	r->count.up_packets++;
	r->count.up_bytes += d->n;
}

void relay_outwards(relay_core *r, relay_visitor *v, const dgram_in *d)
{
	if (!v->registered || !dgramq_put(r->out, &v->back, d->p, d->n))
		return;
	v->down_bytes += d->n;
	r->count.down_packets++;
	r->count.down_bytes += d->n;
}
