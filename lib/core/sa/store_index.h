/* SPDX-License-Identifier: MIT */
/* store_index.h - the inside of a store: what set.c needs of store.c. Nobody else includes it. */
#ifndef HW_CORE_SA_STORE_INDEX_H
#define HW_CORE_SA_STORE_INDEX_H

#include "base/map.h"
#include "core/sa/set.h"

struct sa_store {
	map *by_spi;         /* sa_pair */
	sa_pair *recent;     /* found last: packets come in bursts */
	sa_index by_traffic; /* sets by selector; set.c's */
	sa_set *worn;        /* a list */
};

bool sa_store_put(sa_store *s, sa_pair *p); /* false: its SPI is taken, or no memory */
void sa_store_remove(sa_store *s, sa_pair *p);
void sa_store_forget_worn(sa_set *set); /* it is taken, or needs no attention any more */

#endif
