/* SPDX-License-Identifier: MIT */
#include "core/home/addresses.h"

#include <openssl/rand.h>

bool home_addresses_open(home_addresses *all)
{
	uint64_t seed;

	if (RAND_bytes((uint8_t *)&seed, sizeof seed) != 1)
		return false;
	all->owners = map_new(seed);
	return all->owners != NULL;
}

void home_addresses_close(home_addresses *all)
{
	map_free(all->owners);
}

static const void *owner_of(const home_addresses *all, const ip_addr *a)
{
	return a->len ? map_get(all->owners, map_key_bytes(a->b, a->len)) : NULL;
}

bool home_addresses_claim(home_addresses *all, const ip_addr *a, void *owner)
{
	const void *now = owner_of(all, a);

	if (now || !a->len)
		return !now || now == owner;
	return map_put(all->owners, map_key_bytes(a->b, a->len), owner);
}

void home_addresses_release(home_addresses *all, const ip_addr *a, const void *owner)
{
	if (a->len && owner_of(all, a) == owner)
		map_del(all->owners, map_key_bytes(a->b, a->len));
}

bool home_addresses_is_taken(const home_addresses *all, const ip_addr *a)
{
	return owner_of(all, a) != NULL;
}
