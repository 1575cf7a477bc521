/* SPDX-License-Identifier: MIT */
/* selector_index.h - finds the selectors that cover a packet, most specific first: by the remote prefix's length, then
 * as sa_selector_is_narrower() has it, then the latest. A table for each length in use, keyed by remote prefix: a
 * search costs one lookup for each length, and a walk through the selectors for that prefix alone. */
#ifndef HW_CORE_SA_SELECTOR_INDEX_H
#define HW_CORE_SA_SELECTOR_INDEX_H

#include "core/sa/selector.h"

typedef struct sa_level sa_level;
typedef struct sa_entry sa_entry;
struct sa_entry {
	sa_selector selector;
	struct sa_set *set; /* whose selector it is */
	sa_level *level; /* these are the index's: of its length; the next with its remote prefix */
	sa_entry *next;
};

typedef struct sa_index {
	uint64_t seed;
	sa_level *ip4, *ip6; /* by length, longest first */
} sa_index;

typedef struct sa_entries { /* the selectors of one set */
	sa_entry *all;
	unsigned n;
} sa_entries;
/* These, copied, take the place of the set's entries so far. False: no memory; all is as before. */
bool sa_index_replace(sa_index *ix, sa_entries *of, struct sa_set *set,
		      const sa_selector *selectors, unsigned n);

typedef struct sa_search {
	const sa_packet *packet;
	const sa_level *level;
	const sa_entry *entry;
} sa_search;
sa_search sa_index_search(const sa_index *ix, const sa_packet *p);
const sa_entry *sa_index_next(sa_search *s); /* NULL: no more */

#endif
