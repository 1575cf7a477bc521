/* SPDX-License-Identifier: MIT */
/* forward.c - packets between the TUN and home. Runs for every packet: no allocation, no
 * lock. */
#include "core/client/priv.h"
#include "core/packet/segment.h"

static bool ours(const client_core *c, const ip_addr *a)
{
	return a->len && (ip_equal(a, &c->home4) || ip_equal(a, &c->home6));
}

/* The kernel's own chatter on a new interface (router solicitations, IGMP) is nobody's mistake. */
static bool chatter(const ip_addr *src)
{
	return ip_is_any(src) || ip_is_link_local6(src) ||
	       (src->len == 4 && src->b[0] == 169 && src->b[1] == 254);
}

static bool is_syn(const uint8_t *pkt, const ip_view *v)
{
	tcp_view t;
	return tcp_parse(pkt, v, &t) && (t.flags & TCP_SYN);
}

static void clamp(uint8_t *pkt, size_t n, size_t inner_mtu)
{
	ip_view v;
	if (ip_parse_packet(pkt, n, false, &v))
		tcp_clamp_mss(pkt, &v, inner_mtu);
}

static void answer_too_big(client_core *c, const uint8_t *pkt, const ip_view *v)
{
	uint8_t *out = c->icmp[c->icmp_at++ % CLIENT_ICMP_BUFS];
	ip_addr from = ip_dst(pkt, v); /* a router on the way, as far as the sender can tell */
	size_t n = icmp_too_big(pkt, v, &from, c->inner_mtu, out);
	ip_view answer;
	c->drop_too_big++;
	if (n && join_room(c->tun) && ip_parse_packet(out, n, false, &answer))
		join_add(c->tun, out, &answer);
}

static void seal_all(client_core *c, segmenter *s, bool syn, uint32_t flow)
{
	dgram_route r = client_route(c->active);
	r.flow = flow;
	uint8_t next_header = s->ip.version == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6;
	size_t room = esp_sealed_len(c->inner_mtu);
	for (;;) {
		uint8_t *at = dgramq_reserve(c->tx, room);
		size_t n = at ? segment_next(s, at + ESP_PAYLOAD_AT) : 0;
		if (n == 0)
			return;
		if (syn)
			clamp(at + ESP_PAYLOAD_AT, n, c->inner_mtu);
		size_t sealed = esp_seal(c->cur->out, at, n, next_header);
		if (sealed == 0)
			return;
		dgramq_commit(c->tx, &r, sealed);
		c->tx_packets++;
		c->tx_bytes += n;
	}
}

void client_core_packet(client_core *c, core_time now, uint8_t *in, size_t n)
{
	ip_view v;
	segmenter s;
	uint8_t *pkt = in + VNET_HDR_LEN;
	if (n <= VNET_HDR_LEN || !ip_parse_packet(pkt, n - VNET_HDR_LEN, true, &v))
		return;
	ip_addr src = ip_src(pkt, &v);
	if (!ours(c, &src)) {
		c->drop_source += !chatter(&src);
		return;
	}
	if (!c->cur || !c->active || c->reg.state == REG_HOME) {
		c->drop_no_path++;
		return;
	}
	bool syn = is_syn(pkt, &v);
	segment_verdict verdict = segment_begin(&s, in, n, c->inner_mtu);
	if (verdict == SEGMENT_TOO_BIG)
		answer_too_big(c, pkt, &v);
	if (verdict != SEGMENT_OK)
		return;
	seal_all(c, &s, syn, client_by_carrier(c->active) ? ip_flow(pkt, &v) : 0);
	client_live_sent(c, now, c->active);
}

static void inwards(client_core *c, core_time now, client_path *p, const esp_opened *o)
{
	ip_view v;
	if (!ip_parse_packet(o->inner, o->len, false, &v) ||
	    v.version != (o->next_header == ESP_NEXT_IPV4 ? 4 : 6))
		return;
	ip_addr dst = ip_dst(o->inner, &v);
	if (!ours(c, &dst) || !join_room(c->tun))
		return;
	if (v.proto == IPPROTO_NUM_TCP && is_syn(o->inner, &v))
		tcp_clamp_mss(o->inner, &v, c->inner_mtu);
	p->last_use_ms = now.ms;
	c->rx_packets++;
	c->rx_bytes += v.len;
	join_add(c->tun, o->inner, &v);
}

void client_esp(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	esp_opened o;
	client_sa *sa = client_sa_by_spi(c, load_be32(d->p));
	if (!sa)
		return;
	switch (esp_open(sa->in, d->p, d->n, &o)) {
	case ESP_OK:
		break;
	case ESP_DROP_REPLAY:
		c->drop_replay++;
		return;
	default:
		c->drop_auth++;
		return;
	}
	client_sa_heard(c, now, sa);
	client_path_heard(c, now, p);
	if (o.next_header == ESP_NEXT_CTL)
		client_ctl(c, now, p, (wire_bytes){ o.inner, o.len }, d->n);
	else if (o.next_header == ESP_NEXT_IPV4 || o.next_header == ESP_NEXT_IPV6)
		inwards(c, now, p, &o);
}
