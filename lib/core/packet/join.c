/* SPDX-License-Identifier: MIT */
/* Theory of operation. Items stand in the order in which their first packet came. A flow's packets
 * are added to its newest item only, and only while that is open, so within a flow nothing overtakes.
 * The item touched last is looked at first; then a table with one slot for each hash value: a flow
 * that loses its slot to another starts a new item, which costs a join and never the order. A packet
 * of unknown flow (a fragment, IP options, IPv6 extension headers) closes all open items. */
#include "core/packet/join.h"
#include "proto/checksum.h"
#include <linux/virtio_net.h>
#include <stdlib.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { ITEM_CLOSED, ITEM_OPEN, ITEM_VERIFIED /* open, and its packets' checksums are right */ };
enum { IP4_HDR_LEN = 20, IP4_DF = 0x40, JOINED_MAX = 65535, UDP_HDR_LEN = 8 };
enum { TCP_FLAGS_AT = 13, TCP_CSUM_AT = 16, UDP_CSUM_AT = 6 };

/* The packet that is being added. */
typedef struct unit {
	uint8_t *pkt;
	const ip_view *ip;
	tcp_view tcp; /* UDP: hdr_len and payload_len only */
	bool joinable;
	bool ends; /* nothing can follow it in an item */
} unit;

bool join_init(join *j, bool udp)
{
	j->items = malloc(JOIN_ITEMS * sizeof *j->items);
	j->udp = udp;
	join_clear(j);
	return j->items != NULL;
}

void join_free(join *j)
{
	free(j->items);
	j->items = NULL;
}

void join_clear(join *j)
{
	j->n = j->last = j->first_open = 0;
	memset(j->slot, 0, sizeof j->slot);
}

bool join_has_room(const join *j)
{
	return j->n < JOIN_ITEMS;
}

static void classify_tcp(unit *u)
{
	u->joinable = (u->tcp.flags & ~TCP_PSH) == TCP_ACK && u->tcp.payload_len > 0;
	u->ends = u->tcp.flags & TCP_PSH;
}

static bool classify_udp(unit *u)
{
	const uint8_t *t = u->pkt + u->ip->hdr_len;
	uint32_t room = u->ip->len - u->ip->hdr_len;

	if (room < UDP_HDR_LEN)
		return false;
	u->tcp = (tcp_view){ .hdr_len = UDP_HDR_LEN, .payload_len = room - UDP_HDR_LEN };
	u->joinable =
		room > UDP_HDR_LEN && load_be16(t + 4) == room && load_be16(t + UDP_CSUM_AT) != 0;
	return true;
}

/* False: its flow is unknown. */
static bool classify(unit *u)
{
	if (u->ip->fragment || (u->ip->version == 4 && u->ip->hdr_len != IP4_HDR_LEN))
		return false;
	if (u->ip->proto == IPPROTO_NUM_UDP)
		return classify_udp(u);
	if (!tcp_parse(u->pkt, u->ip, &u->tcp))
		return false;
	classify_tcp(u);
	return true;
}

/* Addresses and ports are adjacent, as there are no options between them. */
static bool is_same_flow(const join_item *it, const unit *u)
{
	const uint8_t *a = it->iov[1].iov_base, *b = u->pkt;

	if (it->ip.version != u->ip->version || it->ip.proto != u->ip->proto)
		return false;
	if (u->ip->version == 4)
		return memcmp(a + 12, b + 12, 12) == 0;
	return memcmp(a + 8, b + 8, 36) == 0;
}

static uint32_t flow_slot(const unit *u)
{
	const uint8_t *p = u->pkt;
	uint64_t h = load_be32(p + u->ip->hdr_len); /* ports */

	if (u->ip->version == 4)
		h ^= load_be64(p + 12) * 3;
	else
		h ^= (load_be64(p + 8) ^ load_be64(p + 24)) * 3 +
		     (load_be64(p + 16) ^ load_be64(p + 32));
	h = (h ^ u->ip->proto) * 0x9e3779b97f4a7c15ull;
	return (uint32_t)(h >> 56) % JOIN_SLOTS;
}

static join_item *find(const join *j, const unit *u, uint32_t slot)
{
	if (j->last < j->n && j->last >= j->first_open && is_same_flow(&j->items[j->last], u))
		return &j->items[j->last];
	uint32_t i = j->slot[slot];
	if (i == 0 || i - 1 < j->first_open || !is_same_flow(&j->items[i - 1], u))
		return NULL;
	return &j->items[i - 1];
}

static uint32_t pieces(const join_item *it)
{
	return (uint32_t)it->n_iov - 1;
}

/* Differing CE marks keep packets apart like any other difference in the traffic class. The
 * identification means something only where DF is not set (RFC 6864 4). */
static bool has_same_ip(const join_item *it, const unit *u)
{
	const uint8_t *a = it->iov[1].iov_base, *b = u->pkt;

	if (it->ip.version == 6)
		return memcmp(a, b, 4) == 0 && a[7] == b[7];
	if (memcmp(a, b, 2) != 0 || memcmp(a + 6, b + 6, 3) != 0)
		return false;
	return (b[6] & IP4_DF) || load_be16(b + 4) == (uint16_t)(load_be16(a + 4) + pieces(it));
}

/* All but the flags, of which PSH may differ, and the checksum. */
static bool has_same_tcp(const join_item *it, const unit *u)
{
	size_t at = u->ip->hdr_len, n = u->tcp.hdr_len;
	const uint8_t *a = (const uint8_t *)it->iov[1].iov_base + at, *b = u->pkt + at;

	return it->next_seq == u->tcp.seq && memcmp(a + 8, b + 8, 5) == 0 &&
	       memcmp(a + 14, b + 14, 2) == 0 && memcmp(a + 18, b + 18, n - 18) == 0;
}

static bool can_follow(const join_item *it, const unit *u)
{
	if (u->tcp.payload_len > it->seg || pieces(it) >= JOIN_PIECES ||
	    it->len + u->tcp.payload_len > JOINED_MAX || !has_same_ip(it, u))
		return false;
	return u->ip->proto == IPPROTO_NUM_UDP || has_same_tcp(it, u);
}

static bool has_right_sums(const uint8_t *pkt, const ip_view *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; v->version == 4 && i < IP4_HDR_LEN; i += 4)
		sum += load_be32(pkt + i);
	return (v->version == 6 || csum_fold(sum) == 0) && csum_transport(pkt, v, v->proto) == 0;
}

/* Joined packets lose their own checksums, so each must be right. The first one's is verified only when a
 * second comes: a packet alone keeps its own. */
static bool verify(join_item *it, const unit *u)
{
	if (it->state == ITEM_OPEN && has_right_sums(it->iov[1].iov_base, &it->ip))
		it->state = ITEM_VERIFIED;
	return it->state == ITEM_VERIFIED && has_right_sums(u->pkt, u->ip);
}

static join_item *start(join *j, uint8_t *pkt, const ip_view *v)
{
	join_item *it = &j->items[j->n];

	j->last = j->n++;
	memset(it->vnet, 0, sizeof it->vnet);
	it->iov[0] = (struct iovec){ it->vnet, VNET_HDR_LEN };
	it->iov[1] = (struct iovec){ pkt, v->len };
	it->n_iov = 2;
	it->ip = *v;
	it->len = v->len;
	it->state = ITEM_CLOSED;
	return it;
}

static void start_flow(join *j, const unit *u, uint32_t slot)
{
	join_item *it = start(j, u->pkt, u->ip);

	j->slot[slot] = (uint16_t)j->n;
	it->tcp = u->tcp;
	it->next_seq = u->tcp.seq + u->tcp.payload_len;
	it->seg = (uint16_t)u->tcp.payload_len;
	if (u->joinable && !u->ends)
		it->state = ITEM_OPEN;
}

static void append(join_item *it, const unit *u)
{
	uint32_t n = u->tcp.payload_len;

	it->iov[it->n_iov++] = (struct iovec){ u->pkt + u->ip->hdr_len + u->tcp.hdr_len, n };
	it->len += n;
	it->next_seq += n;
	it->tcp.flags |= u->tcp.flags;
	if (u->ends || n < it->seg)
		it->state = ITEM_CLOSED;
}

void join_add(join *j, uint8_t *pkt, const ip_view *v)
{
	unit u = { .pkt = pkt, .ip = v };

	if (!join_has_room(j))
		return;
	if (v->proto == IPPROTO_NUM_ICMP || v->proto == IPPROTO_NUM_ICMP6 ||
	    (v->proto == IPPROTO_NUM_UDP && !j->udp)) {
		start(j, pkt, v);
		return;
	}
	if (!classify(&u)) {
		start(j, pkt, v);
		j->first_open = j->n;
		return;
	}
	uint32_t slot = flow_slot(&u);
	join_item *it = find(j, &u, slot);
	if (it && it->state != ITEM_CLOSED && u.joinable && can_follow(it, &u) && verify(it, &u)) {
		j->last = (uint32_t)(it - j->items);
		append(it, &u);
	} else {
		start_flow(j, &u, slot);
	}
}

/* The kernel sums from csum_start on, and finds the pseudo-header's sum in the checksum's place. */
static void finish(join_item *it)
{
	bool tcp = it->ip.proto == IPPROTO_NUM_TCP;
	uint8_t *pkt = it->iov[1].iov_base, *t = pkt + it->ip.hdr_len;
	uint32_t transport_len = it->len - it->ip.hdr_len;
	uint16_t csum_at = tcp ? TCP_CSUM_AT : UDP_CSUM_AT;
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4,
		.hdr_len = (uint16_t)(it->ip.hdr_len + it->tcp.hdr_len),
		.gso_size = it->seg,
		.csum_start = it->ip.hdr_len,
		.csum_offset = csum_at,
	};

	if (tcp) {
		h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		if (it->ip.version == 6)
			h.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
		t[TCP_FLAGS_AT] = it->tcp.flags;
	} else {
		store_be16(t + 4, (uint16_t)transport_len);
	}
	memcpy(it->vnet, &h, sizeof h);
	ip_set_len(pkt, &it->ip, it->len);
	uint16_t sum = (uint16_t)~csum_fold(csum_pseudo(pkt, &it->ip, it->ip.proto, transport_len));
	memcpy(t + csum_at, &sum, 2);
}

void join_finish(join *j)
{
	for (uint32_t i = 0; i < j->n; i++)
		if (pieces(&j->items[i]) > 1)
			finish(&j->items[i]);
}
