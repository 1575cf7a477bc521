/* SPDX-License-Identifier: MIT */
#include "core/sa/selector.h"

enum { PROTO_DCCP = 33, PROTO_SCTP = 132, PROTO_UDPLITE = 136, PORTS_LEN = 4 };

sa_selector sa_selector_of_all(const ip_prefix *local, const ip_prefix *remote)
{
	return (sa_selector){ .local = *local,
			      .remote = *remote,
			      .local_ports = SA_ANY_PORT,
			      .remote_ports = SA_ANY_PORT };
}

static bool is_prefix(const ip_prefix *p)
{
	return (p->addr.len == 4 || p->addr.len == 16) && p->bits <= 8 * p->addr.len;
}

bool sa_selector_is_valid(const sa_selector *s)
{
	return is_prefix(&s->local) && is_prefix(&s->remote) &&
	       s->local.addr.len == s->remote.addr.len &&
	       s->local_ports.first <= s->local_ports.last &&
	       s->remote_ports.first <= s->remote_ports.last;
}

static uint32_t width(sa_ports p)
{
	return (uint32_t)p.last - p.first;
}

bool sa_selector_is_narrower(const sa_selector *a, const sa_selector *b)
{
	if (a->local.bits != b->local.bits)
		return a->local.bits > b->local.bits;
	if (!a->protocol != !b->protocol)
		return a->protocol;
	return width(a->local_ports) + width(a->remote_ports) <
	       width(b->local_ports) + width(b->remote_ports);
}

/* --- packets --- */

/* RFC 4301 4.4.1.1: of ICMP, type and code count as the port. */
static bool read_ports(const uint8_t *p, const ip_view *v, uint16_t *src, uint16_t *dst)
{
	const uint8_t *at = p + v->hdr_len;

	if (v->fragment || v->len < (uint32_t)v->hdr_len + PORTS_LEN)
		return false;
	*src = load_be16(at);
	*dst = load_be16(at + 2);
	switch (v->proto) {
	case IPPROTO_NUM_TCP:
	case IPPROTO_NUM_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		return true;
	case IPPROTO_NUM_ICMP:
	case IPPROTO_NUM_ICMP6:
		*dst = *src;
		return true;
	default:
		return false;
	}
}

/* In place, and by constant lengths: this runs for every packet. */
static void read_addresses(const uint8_t *p, const ip_view *v, ip_addr *src, ip_addr *dst)
{
	if (v->version == 4) {
		src->len = dst->len = 4;
		memcpy(src->b, p + 12, 4);
		memcpy(dst->b, p + 16, 4);
		return;
	}
	src->len = dst->len = 16;
	memcpy(src->b, p + 8, 16);
	memcpy(dst->b, p + 24, 16);
}

sa_packet sa_packet_to_send(const uint8_t *p, const ip_view *v)
{
	sa_packet s = { .protocol = v->proto };

	read_addresses(p, v, &s.local, &s.remote);
	s.has_ports = read_ports(p, v, &s.local_port, &s.remote_port);
	return s;
}

sa_packet sa_packet_received(const uint8_t *p, const ip_view *v)
{
	sa_packet s = { .protocol = v->proto };

	read_addresses(p, v, &s.remote, &s.local);
	s.has_ports = read_ports(p, v, &s.remote_port, &s.local_port);
	return s;
}

static bool covers_port(sa_ports r, const sa_packet *p, uint16_t port)
{
	if (width(r) == UINT16_MAX)
		return true;
	return p->has_ports && r.first <= port && port <= r.last;
}

/* A prefix of no bits is the most frequent. */
static bool contains(const ip_prefix *p, const ip_addr *a)
{
	return p->bits == 0 ? p->addr.len == a->len : prefix_contains(p, a);
}

bool sa_selector_covers_but_remote(const sa_selector *s, const sa_packet *p)
{
	return (!s->protocol || s->protocol == p->protocol) &&
	       covers_port(s->local_ports, p, p->local_port) &&
	       covers_port(s->remote_ports, p, p->remote_port) && contains(&s->local, &p->local);
}

bool sa_selector_covers(const sa_selector *s, const sa_packet *p)
{
	return contains(&s->remote, &p->remote) && sa_selector_covers_but_remote(s, p);
}
