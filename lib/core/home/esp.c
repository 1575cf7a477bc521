/* SPDX-License-Identifier: MIT */
/* esp.c - packets of clients: opened, checked, handed to the TUN; control messages answered. */
#include "core/home/priv.h"
#include "core/packet/tunnel_mtu.h"

/* The hint is eight octets and an ESP packet is never shorter than that: no amplification. */
static void hint_unknown(home_core *h, core_time now, const dgram_in *d)
{
	uint8_t out[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	h->count.esp_unknown_spi++;
	if (d->n < sizeof out)
		return;
	if (!rate_take(&h->hints, now.ms)) {
		h->count.hints_held_back++;
		return;
	}
	h->count.hints_sent++;
	ctl_unknown_spi_put(&w, load_be32(d->p));
	home_answer(h, d, out, wire_len(&w));
}

static bool is_own_source(home_core *h, const home_client *c, const uint8_t *p, const ip_view *v)
{
	ip_addr src = ip_src(p, v);

	if (ip_equal(&src, v->version == 4 ? home_address4(c) : home_address6(c)))
		return true;
	if (!ip_is_link_local6(&src)) /* those are a host's own chatter on any interface */
		h->count.spoofed_source++;
	return false;
}

static void inner_packet(home_core *h, home_client *c, const esp_opened *o)
{
	ip_view v;

	if (!ip_parse_packet(o->inner, o->len, false, &v) ||
	    v.version != (o->next_header == ESP_NEXT_IPV4 ? 4 : 6) ||
	    !is_own_source(h, c, o->inner, &v) || !join_room(h->tun))
		return;
	tcp_clamp_mss(o->inner, &v, home_clamp_mtu(h, c));
	c->rx_packets++;
	c->rx_bytes += v.len;
	join_add(h->tun, o->inner, &v);
}

static void answer_echo(home_core *h, home_client *c, const dgram_in *d, const ctl_msg *m)
{
	const dgram_route r = dgram_back(d);
	const ctl_msg reply = { .kind = CTL_ECHO_REPLY,
				.flags = m->flags,
				.path = m->path,
				.id = m->id,
				.stamp_us = m->stamp_us,
				.size = m->size };
	home_sa *sa = home_sa_for_sending(c);
	uint8_t *p = sa ? dgramq_reserve(h->tx, esp_sealed_len(CTL_LEN)) : NULL;

	if (!p)
		return;
	wire_wr w = wire_writer(p + ESP_PAYLOAD_AT, CTL_LEN);
	ctl_put(&w, &reply, 0);
	size_t n = esp_seal(sa->out, p, wire_len(&w), ESP_NEXT_CTL);
	if (n)
		dgramq_commit(h->tx, &r, n);
}

static void control_message(home_core *h, home_client *c, const dgram_in *d, const ctl_msg *m)
{
	home_binding *b = home_bind_from(c, d);

	/* Below what any path carries it would only have us cut a client's packets to crumbs, at the
	 * others' expense. */
	if (b && m->mtu >= TUNNEL_MTU_MIN)
		b->path_mtu = m->mtu;
	if (m->kind == CTL_ECHO)
		answer_echo(h, c, d, m);
}

/* A packet that only examines a path says so; any other that is the newest of the association in use
 * moves the binding to where it came from. */
static void opened(home_core *h, core_time now, home_sa *sa, const dgram_in *d, const esp_opened *o)
{
	home_client *c = sa->client;
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m = { 0 };
	bool ctl = o->next_header == ESP_NEXT_CTL && ctl_get(&r, &m);

	home_sa_confirm(h, sa, now.ms);
	bool stay = ctl && (m.flags & CTL_STAY);
	home_bind_heard(h, c, now, d, o->newest && sa == c->sending && !stay);
	if (ctl)
		control_message(h, c, d, &m);
	else if (o->next_header == ESP_NEXT_IPV4 || o->next_header == ESP_NEXT_IPV6)
		inner_packet(h, c, o);
}

void home_esp(home_core *h, core_time now, const dgram_in *d)
{
	home_sa *sa = map_get(h->by_spi, map_key_u32(load_be32(d->p)));
	esp_opened o;

	if (!sa) {
		hint_unknown(h, now, d);
		return;
	}
	switch (esp_open(sa->in, d->p, d->n, &o)) {
	case ESP_OK:
		opened(h, now, sa, d, &o);
		break;
	case ESP_DROP_REPLAY:
		h->count.esp_replay++;
		break;
	default:
		h->count.esp_auth++;
		break;
	}
}
