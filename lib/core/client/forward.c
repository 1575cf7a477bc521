/* SPDX-License-Identifier: MIT */
#include "core/client/forward.h"
#include "core/packet/segment.h"

/* What the kernel sends by itself on a new interface (router solicitations, IGMP) is nobody's mistake. */
static bool is_from_the_kernel(const ip_addr *src)
{
	return ip_is_any(src) || ip_is_link_local6(src) ||
	       (src->len == 4 && src->b[0] == 169 && src->b[1] == 254);
}

static bool is_syn(const uint8_t *pkt, const ip_view *v)
{
	tcp_view t;

	return tcp_parse(pkt, v, &t) && (t.flags & TCP_SYN);
}

/* --- outbound --- */

/* As a router on the way would (RFC 1191 4, RFC 8201 4); its address is the destination's, since there is none. */
static void reject_too_big(client_forward *f, const uint8_t *pkt, const ip_view *v)
{
	uint8_t *out = f->icmp[f->next_icmp++ % CLIENT_ICMP_BUFS];
	ip_addr from = ip_dst(pkt, v);
	size_t n = icmp_too_big(pkt, v, &from, f->mtu->inner, out);
	ip_view answer;

	f->drop_too_big++;
	if (n && join_has_room(f->host->tun) && ip_parse_packet(out, n, false, &answer))
		join_add(f->host->tun, out, &answer);
}

static void clamp_mss(uint8_t *pkt, size_t n, size_t inner_mtu)
{
	ip_view v;

	if (ip_parse_packet(pkt, n, false, &v))
		tcp_clamp_mss(pkt, &v, inner_mtu);
}

static void seal_all(client_forward *f, core_time now, sa_set *set, segmenter *s,
		     const dgram_route *route, bool syn)
{
	dgramq *tx = f->host->tx;
	uint8_t next_header = s->ip.version == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6;
	size_t room = esp_sealed_len(f->mtu->inner);

	for (;;) {
		uint8_t *at = dgramq_reserve(tx, room);
		size_t n = at ? segment_next(s, at + ESP_PAYLOAD_AT) : 0;
		if (n == 0)
			return;
		if (syn)
			clamp_mss(at + ESP_PAYLOAD_AT, n, f->mtu->inner);
		size_t sealed = sa_set_seal(set, now.ms, at, n, next_header);
		if (sealed == 0)
			return;
		dgramq_commit(tx, route, sealed);
		f->tx_packets++;
		f->tx_bytes += n;
	}
}

void client_forward_outbound(client_forward *f, core_time now, uint8_t *in, size_t n, bool away)
{
	uint8_t *pkt = in + VNET_HDR_LEN;
	client_path *p = f->paths->active;
	ip_view v;
	segmenter s;

	if (n <= VNET_HDR_LEN || !ip_parse_packet(pkt, n - VNET_HDR_LEN, true, &v))
		return;
	const sa_packet packet = sa_packet_to_send(pkt, &v);
	sa_set *set = sa_set_find_out(f->associations->store, &packet, now.ms);
	if (!set) {
		f->drop_source += !is_from_the_kernel(&packet.local);
		return;
	}
	if (!sa_set_sending(set, now.ms) || !p || !away) {
		f->drop_no_path++;
		return;
	}
	bool syn = is_syn(pkt, &v);
	dgram_route route = client_paths_route(p);
	route.flow = client_paths_by_carrier(p) ? ip_flow(pkt, &v) : 0;
	segment_verdict verdict = segment_begin(&s, in, n, f->mtu->inner);
	if (verdict == SEGMENT_TOO_BIG)
		reject_too_big(f, pkt, &v);
	if (verdict != SEGMENT_OK)
		return;
	seal_all(f, now, set, &s, &route, syn);
	client_liveness_sent(f->liveness, now, p);
}

/* --- inbound --- */

bool client_forward_open(client_forward *f, core_time now, sa_pair *sa, const dgram_in *d,
			 esp_opened *out)
{
	esp_verdict v = sa_pair_open(sa, now.ms, d->p, d->n, out);

	if (v == ESP_DROP_REPLAY)
		f->drop_replay++;
	else if (v != ESP_OK && v != ESP_DROP_EXPIRED)
		f->drop_auth++;
	return v == ESP_OK;
}

void client_forward_inbound(client_forward *f, core_time now, client_path *p, const sa_set *set,
			    const esp_opened *o)
{
	join *tun = f->host->tun;
	ip_view v;

	if (!ip_parse_packet(o->inner, o->len, false, &v) ||
	    v.version != (o->next_header == ESP_NEXT_IPV4 ? 4 : 6))
		return;
	const sa_packet packet = sa_packet_received(o->inner, &v);
	if (!sa_set_permits(set, &packet) || !join_has_room(tun))
		return;
	if (is_syn(o->inner, &v))
		tcp_clamp_mss(o->inner, &v, f->mtu->inner);
	client_paths_received_data(p, now.ms);
	client_liveness_received(f->liveness, now.ms, p);
	f->rx_packets++;
	f->rx_bytes += v.len;
	join_add(tun, o->inner, &v);
}
