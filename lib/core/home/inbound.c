/* SPDX-License-Identifier: MIT */
#include "core/home/inbound.h"

#include "core/packet/tunnel_mtu.h"
#include "proto/ctl.h"
#include "proto/ip.h"
#include "proto/tcp.h"

enum { HINTS_PER_S = 50, HINTS_BURST = 50 };

void home_inbound_open(home_inbound *in)
{
	in->hints = (rate_limit){ .per_s = HINTS_PER_S, .burst = HINTS_BURST };
}

/* Only where strangers are answered. Eight octets, and an ESP packet is never shorter: no amplification. */
static void send_hint(home_inbound *in, core_time now, const dgram_in *d)
{
	const dgram_route back = dgram_route_back(d);
	uint8_t out[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	in->count.unknown_spi++;
	if (!in->conf->answers_strangers)
		return;
	if (!rate_take(&in->hints, now.ms)) {
		in->count.hints_held_back++;
		return;
	}
	in->count.hints_sent++;
	ctl_unknown_spi_put(&w, load_be32(d->p));
	dgramq_put(in->tx, &back, out, wire_len(&w));
}

/* RFC 4301 5.2 step 4. */
static bool permits(home_inbound *in, const sa_set *set, const uint8_t *packet, const ip_view *v)
{
	const sa_packet s = sa_packet_received(packet, v);

	if (sa_set_permits(set, &s))
		return true;
	if (!ip_is_link_local6(&s.remote)) /* any host sends those on any interface */
		in->count.spoofed_source++;
	return false;
}

static void pass_on(home_inbound *in, home_peer *p, const sa_set *set, const esp_opened *o)
{
	ip_view v;

	if (!ip_parse_packet(o->inner, o->len, false, &v) ||
	    v.version != (o->next_header == ESP_NEXT_IPV4 ? 4 : 6) ||
	    !permits(in, set, o->inner, &v) || !join_has_room(in->tun))
		return;
	tcp_clamp_mss(o->inner, &v, home_bindings_clamp_mtu(&p->bindings, in->conf->link_mtu));
	p->rx.packets++;
	p->rx.octets += v.len;
	join_add(in->tun, o->inner, &v);
}

static void send_echo_reply(home_inbound *in, home_peer *p, core_time now, const dgram_route *back,
			    const ctl_msg *m)
{
	const ctl_msg reply = { .kind = CTL_ECHO_REPLY,
				.flags = m->flags,
				.path = m->path,
				.id = m->id,
				.stamp_us = m->stamp_us,
				.size = m->size };
	uint8_t *at = dgramq_reserve(in->tx, esp_sealed_len(CTL_LEN));

	if (!at)
		return;
	wire_wr w = wire_writer(at + ESP_PAYLOAD_AT, CTL_LEN);
	ctl_put(&w, &reply, 0);
	size_t n = sa_set_seal(&p->sas, now.ms, at, wire_len(&w), ESP_NEXT_CTL);
	if (n)
		dgramq_commit(in->tx, back, n);
}

static void receive_control(home_inbound *in, home_peer *p, core_time now, const dgram_route *back,
			    const ctl_msg *m)
{
	/* A value below what any path carries would only make home cut this client's packets into tiny
	 * fragments, at the expense of the others. */
	if (m->mtu >= TUNNEL_MTU_MIN)
		home_bindings_set_path_mtu(&p->bindings, back, m->mtu);
	if (m->kind == CTL_ECHO)
		send_echo_reply(in, p, now, back, m);
}

/* Any packet moves the binding to where it came from, except one that only probes a path. */
static void receive_opened(home_inbound *in, core_time now, home_peer *p, sa_pair *pair,
			   const dgram_in *d, const esp_opened *o)
{
	const dgram_route back = dgram_route_back(d);
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m = { 0 };
	bool is_ctl = o->next_header == ESP_NEXT_CTL && ctl_get(&r, &m);

	home_presence_hear(in->presence, p, pair, now, &back,
			   o->newest && !(is_ctl && (m.flags & CTL_STAY)));
	if (is_ctl)
		receive_control(in, p, now, &back, &m);
	else if (o->next_header == ESP_NEXT_IPV4 || o->next_header == ESP_NEXT_IPV6)
		pass_on(in, p, pair->set, o);
}

void home_inbound_receive(home_inbound *in, core_time now, const dgram_in *d)
{
	sa_pair *pair = sa_store_find_in(in->sas, load_be32(d->p));
	home_peer *p = pair ? home_peer_of(pair->set) : NULL;
	esp_opened o;

	if (!p) { /* what a relay's link is for comes in by that relay */
		const dgram_route from = dgram_route_back(d);
		home_notices_hear(in->presence->notices, now, &from);
		send_hint(in, now, d);
		return;
	}
	switch (sa_pair_open(pair, now.ms, d->p, d->n, &o)) {
	case ESP_OK:
		receive_opened(in, now, p, pair, d, &o);
		break;
	case ESP_DROP_EXPIRED: /* as good as dropped */
		send_hint(in, now, d);
		break;
	case ESP_DROP_REPLAY:
		in->count.replay++;
		break;
	default:
		in->count.auth++;
		break;
	}
}
