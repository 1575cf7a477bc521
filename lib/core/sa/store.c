/* SPDX-License-Identifier: MIT */
/* store.c - the two indexes: pairs by inbound SPI, sets by selector. */
#include "core/sa/store_index.h"

#include <openssl/rand.h>
#include <stdlib.h>

sa_store *sa_store_new(void)
{
	sa_store *s = calloc(1, sizeof *s);
	uint64_t seeds[2];

	if (!s)
		return NULL;
	if (RAND_bytes((uint8_t *)seeds, sizeof seeds) == 1) {
		s->by_spi = map_new(seeds[0]);
		s->by_host = map_new(seeds[1]);
	}
	if (s->by_spi && s->by_host)
		return s;
	sa_store_free(s);
	return NULL;
}

void sa_store_free(sa_store *s)
{
	if (!s)
		return;
	map_free(s->by_spi);
	map_free(s->by_host);
	free(s);
}

uint32_t sa_store_pick_spi(const sa_store *s)
{
	uint32_t spi;

	do
		if (RAND_bytes((uint8_t *)&spi, sizeof spi) != 1)
			return 0;
	while (spi < ESP_MIN_SPI || map_get(s->by_spi, map_key_u32(spi)));
	return spi;
}

sa_pair *sa_store_find_in(sa_store *s, uint32_t spi)
{
	if (!s->recent || s->recent->spi_in != spi) {
		sa_pair *p = map_get(s->by_spi, map_key_u32(spi));
		if (!p)
			return NULL;
		s->recent = p;
	}
	return s->recent;
}

sa_pair *sa_set_find_in(const sa_set *set, uint32_t spi)
{
	sa_pair *p = sa_store_find_in(set->store, spi);

	return p && p->set == set ? p : NULL;
}

bool sa_store_put(sa_store *s, sa_pair *p)
{
	const map_key key = map_key_u32(p->spi_in);

	return !map_get(s->by_spi, key) && map_put(s->by_spi, key, p);
}

void sa_store_remove(sa_store *s, sa_pair *p)
{
	if (s->recent == p)
		s->recent = NULL;
	map_del(s->by_spi, map_key_u32(p->spi_in));
}

/* --- selectors --- */

static bool is_used(const sa_selector *sel)
{
	return sel->remote.addr.len > 0;
}

static bool is_host(const ip_prefix *p)
{
	return p->addr.len > 0 && p->bits == p->addr.len * 8;
}

static map_key host_key(const sa_selector *sel)
{
	return map_key_bytes(sel->remote.addr.b, sel->remote.addr.len);
}

static void remove_hosts(sa_store *s, const sa_set *set, const sa_selector sel[SA_SELECTORS])
{
	for (int i = 0; i < SA_SELECTORS; i++)
		if (is_host(&sel[i].remote) && map_get(s->by_host, host_key(&sel[i])) == set)
			map_del(s->by_host, host_key(&sel[i]));
}

static bool put_hosts(sa_store *s, sa_set *set, const sa_selector sel[SA_SELECTORS])
{
	for (int i = 0; i < SA_SELECTORS; i++) {
		if (!is_host(&sel[i].remote))
			continue;
		const sa_set *other = map_get(s->by_host, host_key(&sel[i]));
		if ((other && other != set) || !map_put(s->by_host, host_key(&sel[i]), set))
			return false;
	}
	return true;
}

static void list_prefix(sa_store *s, sa_set *set, bool by_prefix)
{
	if (set->has_prefix == by_prefix)
		return;
	set->has_prefix = by_prefix;
	if (by_prefix) {
		set->prev_prefix = NULL;
		set->next_prefix = s->prefix_sets;
		if (s->prefix_sets)
			s->prefix_sets->prev_prefix = set;
		s->prefix_sets = set;
		return;
	}
	if (set->next_prefix)
		set->next_prefix->prev_prefix = set->prev_prefix;
	*(set->prev_prefix ? &set->prev_prefix->next_prefix : &s->prefix_sets) = set->next_prefix;
}

bool sa_set_select(sa_set *set, const sa_selector selectors[SA_SELECTORS])
{
	sa_store *s = set->store;
	bool by_prefix = false;

	remove_hosts(s, set, set->selectors);
	if (!put_hosts(s, set, selectors)) {
		remove_hosts(s, set, selectors);
		/* This needs no more room than there was a moment ago. */
		put_hosts(s, set, set->selectors);
		return false;
	}
	for (int i = 0; i < SA_SELECTORS; i++) {
		set->selectors[i] = selectors[i];
		by_prefix |= is_used(&selectors[i]) && !is_host(&selectors[i].remote);
	}
	list_prefix(s, set, by_prefix);
	return true;
}

static const sa_selector *selector_to(const sa_set *set, const ip_addr *to)
{
	for (int i = 0; i < SA_SELECTORS; i++)
		if (is_used(&set->selectors[i]) && prefix_contains(&set->selectors[i].remote, to))
			return &set->selectors[i];
	return NULL;
}

/* Hosts are the many (every client of a home), prefixes the few. */
sa_set *sa_store_find_out(const sa_store *s, const ip_addr *to)
{
	sa_set *best = to->len ? map_get(s->by_host, map_key_bytes(to->b, to->len)) : NULL;
	int bits = -1;

	for (sa_set *set = best ? NULL : s->prefix_sets; set; set = set->next_prefix) {
		const sa_selector *sel = selector_to(set, to);
		if (sel && sel->remote.bits > bits) {
			bits = sel->remote.bits;
			best = set;
		}
	}
	return best;
}

static bool permits(const sa_set *set, const ip_addr *local, const ip_addr *remote)
{
	for (int i = 0; i < SA_SELECTORS; i++)
		if (is_used(&set->selectors[i]) &&
		    prefix_contains(&set->selectors[i].local, local) &&
		    prefix_contains(&set->selectors[i].remote, remote))
			return true;
	return false;
}

bool sa_set_permits_out(const sa_set *set, const ip_addr *src, const ip_addr *dst)
{
	return permits(set, src, dst);
}

bool sa_set_permits_in(const sa_set *set, const ip_addr *src, const ip_addr *dst)
{
	return permits(set, dst, src);
}
