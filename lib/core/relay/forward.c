/* SPDX-License-Identifier: MIT */
#include "core/relay/forward.h"

#include "proto/ctl.h"
#include "proto/mip.h"

enum { HINTS_PER_S = 2000, HINTS_BURST = 2000 };

void relay_forward_init(relay_forward *f, const relay_conf *c, relay_visitors *visitors,
			dgramq *to_clients, dgramq *to_home)
{
	*f = (relay_forward){ .conf = c,
			      .visitors = visitors,
			      .to_clients = to_clients,
			      .to_home = to_home,
			      .hints = { .per_s = HINTS_PER_S, .burst = HINTS_BURST } };
}

/* Only where strangers are answered. Eight octets for an ESP packet, which is never shorter. */
static void send_hint(relay_forward *f, core_time now, const dgram_in *d)
{
	const dgram_route back = dgram_route_back(d);
	uint8_t out[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	if (!f->conf->answers_strangers)
		return;
	if (!rate_take(&f->hints, now.ms)) {
		f->hints_held_back++;
		return;
	}
	f->hints_sent++;
	ctl_unknown_visitor_put(&w, load_be32(d->p));
	dgramq_put(f->to_clients, &back, out, wire_len(&w));
}

void relay_forward_up(relay_forward *f, core_time now, const dgram_in *d)
{
	relay_visitor *v = relay_visitors_find(f->visitors, d);

	if (!v || !v->registered) {
		f->strangers++;
		if (!v) /* else home is being asked already */
			send_hint(f, now, d);
		return;
	}
	const dgram_route to = relay_conf_route(f->conf, v->port, MIP_ESP_PORT);
	if (!dgramq_put(f->to_home, &to, d->p, d->n))
		return;
	relay_visitor_count_up(v, d->n);
	f->up_packets++;
	f->up_bytes += d->n;
}

void relay_forward_down(relay_forward *f, relay_visitor *v, const dgram_in *d)
{
	if (!v->registered || !dgramq_put(f->to_clients, &v->back, d->p, d->n))
		return;
	relay_visitor_count_down(v, d->n);
	f->down_packets++;
	f->down_bytes += d->n;
}
