/* SPDX-License-Identifier: MIT */
/* forward.c - packets for clients: taken from the TUN, cut to the path, sealed, queued to the
 * client's binding; with simultaneous bindings to each, the same octets, so that the receiver's
 * replay window drops the copies. */
#include "core/home/priv.h"

/* Only a SYN has an MSS, and it is the first and only segment of what it came in. */
static void clamp(uint8_t *pkt, size_t n, const ip_view *was, size_t mtu)
{
	ip_view v;

	if (was->proto == IPPROTO_NUM_TCP && n > was->hdr_len + 13u &&
	    (pkt[was->hdr_len + 13] & TCP_SYN) && ip_parse_packet(pkt, n, false, &v))
		tcp_clamp_mss(pkt, &v, mtu);
}

static bool seal_next(home_core *h, home_client *c, home_sa *sa, segmenter *s, size_t mtu,
		      size_t clamp_mtu)
{
	uint8_t *p = dgramq_reserve(h->tx, esp_sealed_len(mtu));
	size_t n = p ? segment_next(s, p + ESP_PAYLOAD_AT) : 0;

	if (n == 0)
		return false;
	clamp(p + ESP_PAYLOAD_AT, n, &s->ip, clamp_mtu);
	size_t sealed = esp_seal(sa->out, p, n, s->ip.version == 4 ? ESP_NEXT_IPV4 : ESP_NEXT_IPV6);
	if (sealed == 0)
		return false;
	dgramq_commit(h->tx, &c->bindings[0].route, sealed);
	c->tx_packets++;
	c->tx_bytes += n;
	return true;
}

/* Queues again, to another binding, what lies in the queue from octet `from` to octet `until`. */
static void copy_to(home_core *h, const dgram_route *r, uint32_t from, uint32_t until)
{
	const dgramq *q = h->tx;
	uint32_t n_runs = q->n_runs;

	for (uint32_t i = 0; i < n_runs; i++) {
		const dgram_run run = q->runs[i];
		for (uint32_t at = run.at; at < run.at + run.len; at += run.seg) {
			uint32_t left = run.at + run.len - at;
			if (at >= from && at < until)
				dgramq_put(h->tx, r, q->bytes + at,
					   left < run.seg ? left : run.seg);
		}
	}
}

static void send_packet(home_core *h, home_client *c, home_sa *sa, segmenter *s, size_t mtu)
{
	uint32_t from = h->tx->used;
	size_t clamp_mtu = home_clamp_mtu(h, c);

	while (seal_next(h, c, sa, s, mtu, clamp_mtu))
		;
	uint32_t until = h->tx->used;
	for (unsigned i = 1; i < c->n_bindings; i++)
		copy_to(h, &c->bindings[i].route, from, until);
}

/* The answer comes from the client's own address: one of ours would be refused as a martian when the
 * kernel sees it come out of the TUN. */
static void too_big(home_core *h, const uint8_t *pkt, const ip_view *v, uint16_t mtu)
{
	ip_addr from = ip_dst(pkt, v);
	ip_view answer;

	h->count.too_big++;
	if (h->tun->n == 0)
		h->n_icmp = 0; /* the TUN has taken the former ones */
	if (h->n_icmp == HOME_ICMP_RING || !join_room(h->tun))
		return;
	uint8_t *out = h->icmp[h->n_icmp];
	size_t n = icmp_too_big(pkt, v, &from, mtu, out);
	if (n == 0 || !ip_parse_packet(out, n, false, &answer))
		return;
	h->n_icmp++;
	join_add(h->tun, out, &answer);
}

static void to_client(home_core *h, home_client *c, uint8_t *in, size_t n, const ip_view *v)
{
	uint16_t mtu = home_inner_mtu(h, c);
	home_sa *sa = home_sa_for_sending(c);
	segmenter s;

	if (!sa || !mtu) {
		h->count.no_binding++;
		return;
	}
	switch (segment_begin(&s, in, n, mtu)) {
	case SEGMENT_OK:
		send_packet(h, c, sa, &s, mtu);
		break;
	case SEGMENT_TOO_BIG:
		too_big(h, in + VNET_HDR_LEN, v, mtu);
		break;
	case SEGMENT_BAD:
		break;
	}
}

void home_core_packet(home_core *h, core_time now, uint8_t *in, size_t n)
{
	(void)now;
	ip_view v;

	if (n <= VNET_HDR_LEN || !ip_parse_packet(in + VNET_HDR_LEN, n - VNET_HDR_LEN, true, &v))
		return;
	ip_addr dst = ip_dst(in + VNET_HDR_LEN, &v);
	home_client *c = home_client_at(h, &dst);
	if (c)
		to_client(h, c, in, n, &v);
	else
		h->count.no_binding++;
}
