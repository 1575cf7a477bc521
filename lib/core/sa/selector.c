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
static void read_ports(const uint8_t *p, const ip_view *v, uint16_t *src, uint16_t *dst,
		       sa_packet *out)
{
	const uint8_t *at = p + v->hdr_len;

	if (v->fragment || v->len < (uint32_t)v->hdr_len + PORTS_LEN)
		return;
	switch (v->proto) {
	case IPPROTO_NUM_TCP:
	case IPPROTO_NUM_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		*src = load_be16(at);
		*dst = load_be16(at + 2);
		out->has_ports = true;
		break;
	case IPPROTO_NUM_ICMP:
	case IPPROTO_NUM_ICMP6:
		*src = *dst = load_be16(at);
		out->has_ports = true;
		break;
	default:
		break;
	}
}

sa_packet sa_packet_to_send(const uint8_t *p, const ip_view *v)
{
	sa_packet s = { .local = ip_src(p, v), .remote = ip_dst(p, v), .protocol = v->proto };

	read_ports(p, v, &s.local_port, &s.remote_port, &s);
	return s;
}

sa_packet sa_packet_received(const uint8_t *p, const ip_view *v)
{
	sa_packet s = { .local = ip_dst(p, v), .remote = ip_src(p, v), .protocol = v->proto };

	read_ports(p, v, &s.remote_port, &s.local_port, &s);
	return s;
}

static bool covers_port(sa_ports r, const sa_packet *p, uint16_t port)
{
	if (width(r) == UINT16_MAX)
		return true;
	return p->has_ports && r.first <= port && port <= r.last;
}

bool sa_selector_covers(const sa_selector *s, const sa_packet *p)
{
	return (!s->protocol || s->protocol == p->protocol) &&
	       covers_port(s->local_ports, p, p->local_port) &&
	       covers_port(s->remote_ports, p, p->remote_port) &&
	       prefix_contains(&s->local, &p->local) && prefix_contains(&s->remote, &p->remote);
}
