/* SPDX-License-Identifier: MIT */
/* lease.c - permanent addresses for clients that were given none: the next free one of the home
 * network. A lease is part of the client's durable state and stays its own until it is removed. */
#include "core/home/priv.h"

enum { LEASE_TRIES = 1 << 16 };

/* The address with this host part; IPv6 networks use their lowest 64 bits at most. */
static ip_addr at_host(const ip_prefix *network, uint64_t host)
{
	ip_addr a = network->addr;

	for (unsigned i = 0; i < 8 && i < a.len; i++)
		a.b[a.len - 1u - i] |= (uint8_t)(host >> (8 * i));
	return a;
}

static bool reserved(const home_core *h, const ip_addr *a)
{
	for (unsigned i = 0; i < h->conf->n_reserved; i++)
		if (ip_equal(&h->conf->reserved[i], a))
			return true;
	return ip_equal(a, &h->conf->home_lan4) || ip_equal(a, &h->conf->home_lan6);
}

/* Host part 0 is the network (or the subnet's routers, RFC 4291 2.6.1), all ones in IPv4 the broadcast
 * address; neither is leased. */
static void lease_range(const home_core *h, const ip_prefix *network, uint64_t *first,
			uint64_t *last)
{
	unsigned bits = network->addr.len * 8u - network->bits;
	uint64_t all = bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;

	*first = 1;
	*last = network->addr.len == 4 && all > 0 ? all - 1 : all;
	if (network->addr.len == 4 && h->conf->lease_first) {
		*first = h->conf->lease_first;
		*last = h->conf->lease_last < *last ? h->conf->lease_last : *last;
	}
}

bool home_lease(home_core *h, const ip_prefix *network, uint64_t *cursor, ip_addr *out)
{
	uint64_t first, last;

	if (network->addr.len == 0)
		return false;
	lease_range(h, network, &first, &last);
	for (uint64_t tries = 0; tries < LEASE_TRIES && first + tries <= last; tries++) {
		*cursor = *cursor < first || *cursor >= last ? first : *cursor + 1;
		ip_addr a = at_host(network, *cursor);
		if (!reserved(h, &a) && !home_client_at(h, &a)) {
			*out = a;
			return true;
		}
	}
	return false;
}
