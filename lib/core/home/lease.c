/* SPDX-License-Identifier: MIT */
#include "core/home/lease.h"

enum { MAX_TRIES = 1 << 16 };

/* The address with this host part; IPv6 networks use their lowest 64 bits at most. */
static ip_addr at_host(const ip_prefix *network, uint64_t host)
{
	ip_addr a = network->addr;

	for (unsigned i = 0; i < 8 && i < a.len; i++)
		a.b[a.len - 1u - i] |= (uint8_t)(host >> (8 * i));
	return a;
}

static bool is_reserved(const home_conf *c, const ip_addr *a)
{
	for (unsigned i = 0; i < c->n_reserved; i++)
		if (ip_equal(&c->reserved[i], a))
			return true;
	return ip_equal(a, &c->home_lan4) || ip_equal(a, &c->home_lan6);
}

/* Host part 0 is the network (or the subnet's routers, RFC 4291 2.6.1), all ones in IPv4 the broadcast
 * address; neither is leased. */
static void find_range(const home_conf *c, const ip_prefix *network, uint64_t *first,
		       uint64_t *last)
{
	unsigned bits = network->addr.len * 8u - network->bits;
	uint64_t all = bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;

	*first = 1;
	*last = network->addr.len == 4 && all > 0 ? all - 1 : all;
	if (network->addr.len == 4 && c->lease_first) {
		*first = c->lease_first;
		*last = c->lease_last < *last ? c->lease_last : *last;
	}
}

bool home_lease_pick(home_leases *l, const home_conf *conf, const home_addresses *addresses,
		     uint8_t len, ip_addr *out)
{
	const ip_prefix *network = len == 4 ? &conf->network4 : &conf->network6;
	uint64_t *cursor = len == 4 ? &l->cursor4 : &l->cursor6;
	uint64_t first, last;

	if (network->addr.len == 0)
		return false;
	find_range(conf, network, &first, &last);
	for (uint64_t tries = 0; tries < MAX_TRIES && first + tries <= last; tries++) {
		*cursor = *cursor < first || *cursor >= last ? first : *cursor + 1;
		ip_addr a = at_host(network, *cursor);
		if (!is_reserved(conf, &a) && !home_addresses_is_taken(addresses, &a)) {
			*out = a;
			return true;
		}
	}
	return false;
}
