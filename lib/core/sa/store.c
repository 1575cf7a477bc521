/* SPDX-License-Identifier: MIT */
/* store.c - pairs by inbound SPI, and the sets that need attention. */
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
		s->by_traffic.seed = seeds[1];
	}
	if (s->by_spi)
		return s;
	sa_store_free(s);
	return NULL;
}

void sa_store_free(sa_store *s)
{
	if (!s)
		return;
	map_free(s->by_spi);
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

/* --- wear --- */

void sa_store_report_worn(sa_set *set)
{
	sa_set **first = &set->store->worn;

	if (set->worn_from)
		return;
	set->next_worn = *first;
	if (*first)
		(*first)->worn_from = &set->next_worn;
	*first = set;
	set->worn_from = first;
}

void sa_store_forget_worn(sa_set *set)
{
	if (!set->worn_from)
		return;
	*set->worn_from = set->next_worn;
	if (set->next_worn)
		set->next_worn->worn_from = set->worn_from;
	set->worn_from = NULL;
}

sa_set *sa_store_take_worn(sa_store *s)
{
	sa_set *set = s->worn;

	if (set)
		sa_store_forget_worn(set);
	return set;
}

bool sa_store_has_worn(const sa_store *s)
{
	return s->worn != NULL;
}
