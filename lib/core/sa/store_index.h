/* SPDX-License-Identifier: MIT */
/* store_index.h - the inside of a store: what set.c needs of store.c. Nobody else includes it. */
#ifndef HW_CORE_SA_STORE_INDEX_H
#define HW_CORE_SA_STORE_INDEX_H

#include "base/map.h"
#include "core/sa/store.h"

struct sa_store {
	map *by_spi;         /* sa_pair */
	map *by_host;        /* sa_set, by a selector's remote host */
	sa_set *prefix_sets; /* sets with other selectors */
	sa_pair *recent;     /* found last: packets come in bursts */
};

bool sa_store_put(sa_store *s, sa_pair *p); /* false: its SPI is taken, or no memory */
void sa_store_remove(sa_store *s, sa_pair *p);

#endif
