/* SPDX-License-Identifier: MIT */
#include "core/home/outbound.h"

/* Only a SYN has an MSS, and it is the first and only segment of what it came in. */
static void clamp(uint8_t *pkt, size_t n, const ip_view *was, size_t mtu)
{
	ip_view v;

	if (was->proto == IPPROTO_NUM_TCP && n > was->hdr_len + 13u &&
	    (pkt[was->hdr_len + 13] & TCP_SYN) && ip_parse_packet(pkt, n, false, &v))
		tcp_clamp_mss(pkt, &v, mtu);
}

static bool seal_next(home_outbound *out, core_time now, home_peer *p, sa_set *set, segmenter *s,
		      size_t mtu, size_t clamp_mtu)
{
	uint8_t *at = dgramq_reserve(out->tx, esp_sealed_len(mtu));
	size_t n = at ? segment_next(s, at + ESP_PAYLOAD_AT) : 0;

	if (n == 0)
		return false;
	clamp(at + ESP_PAYLOAD_AT, n, &s->ip, clamp_mtu);
	size_t sealed =
		sa_set_seal(set, now.ms, at, n, s->ip.version == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6);
	if (sealed == 0)
		return false;
	dgramq_commit(out->tx, &p->bindings.all[0].route, sealed);
	p->tx.packets++;
	p->tx.octets += n;
	return true;
}

/* Queues again, to another binding, what lies in the queue from octet `from` to octet `until`. */
static void copy_to(dgramq *q, const dgram_route *r, uint32_t from, uint32_t until)
{
	uint32_t n_runs = q->n_runs;

	for (uint32_t i = 0; i < n_runs; i++) {
		const dgram_run run = q->runs[i];
		for (uint32_t at = run.at; at < run.at + run.len; at += run.seg) {
			uint32_t left = run.at + run.len - at;
			if (at >= from && at < until)
				dgramq_put(q, r, q->bytes + at, left < run.seg ? left : run.seg);
		}
	}
}

static void send_packet(home_outbound *out, core_time now, home_peer *p, sa_set *set, segmenter *s,
			size_t mtu)
{
	uint32_t from = out->tx->used;
	size_t clamp_mtu = home_bindings_clamp_mtu(&p->bindings, out->conf->link_mtu);

	while (seal_next(out, now, p, set, s, mtu, clamp_mtu))
		;
	uint32_t until = out->tx->used;
	for (unsigned i = 1; i < p->bindings.n; i++)
		copy_to(out->tx, &p->bindings.all[i].route, from, until);
}

/* The answer comes from the client's own address: one of ours would be refused as a martian when the
 * kernel sees it come out of the TUN. */
static void answer_too_big(home_outbound *out, const uint8_t *pkt, const ip_view *v, uint16_t mtu)
{
	ip_addr from = ip_dst(pkt, v);
	ip_view answer;

	out->count.too_big++;
	if (out->tun->n == 0)
		out->n_icmp = 0; /* the TUN has taken the former ones */
	if (out->n_icmp == HOME_ICMP_RING || !join_has_room(out->tun))
		return;
	uint8_t *error = out->icmp[out->n_icmp];
	size_t n = icmp_too_big(pkt, v, &from, mtu, error);
	if (n == 0 || !ip_parse_packet(error, n, false, &answer))
		return;
	out->n_icmp++;
	join_add(out->tun, error, &answer);
}

static void send_to(home_outbound *out, core_time now, home_peer *p, sa_set *set, uint8_t *in,
		    size_t n, const ip_view *v)
{
	uint16_t mtu = home_bindings_inner_mtu(&p->bindings, out->conf->link_mtu);
	segmenter s;

	if (!sa_set_sending(set, now.ms) || !mtu) {
		out->count.no_binding++;
		return;
	}
	switch (segment_begin(&s, in, n, mtu)) {
	case SEGMENT_OK:
		send_packet(out, now, p, set, &s, mtu);
		break;
	case SEGMENT_TOO_BIG:
		answer_too_big(out, in + VNET_HDR_LEN, v, mtu);
		break;
	case SEGMENT_BAD:
		break;
	}
}

void home_outbound_send(home_outbound *out, core_time now, uint8_t *in, size_t n)
{
	ip_view v;

	if (n <= VNET_HDR_LEN || !ip_parse_packet(in + VNET_HDR_LEN, n - VNET_HDR_LEN, true, &v))
		return;
	const sa_packet packet = sa_packet_to_send(in + VNET_HDR_LEN, &v);
	sa_set *set = sa_set_find_out(out->sas, &packet, now.ms);
	home_peer *p = set ? home_peer_of(set) : NULL;
	if (p)
		send_to(out, now, p, set, in, n, &v);
	else
		out->count.no_binding++;
}
