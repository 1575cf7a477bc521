/* SPDX-License-Identifier: MIT */
#include "core/sa/selector_index.h"

#include "base/map.h"
#include <stdlib.h>
#include <string.h>

struct sa_level {
	sa_level *next;
	map *by_remote; /* sa_entry, the first of its list */
	uint8_t bits;
};

static map_key key_of(const ip_addr *a, unsigned bits)
{
	uint8_t b[16] = { 0 };

	if (bits == 8u * a->len)
		return map_key_bytes(a->b, a->len);
	memcpy(b, a->b, bits / 8);
	b[bits / 8] = (uint8_t)(a->b[bits / 8] & 0xff00 >> bits % 8);
	return map_key_bytes(b, a->len);
}

static sa_level **find_level(sa_index *ix, const ip_prefix *remote)
{
	sa_level **at = remote->addr.len == 4 ? &ix->ip4 : &ix->ip6;

	while (*at && (*at)->bits > remote->bits)
		at = &(*at)->next;
	return at;
}

static sa_level *add_level(sa_index *ix, sa_level **at, uint8_t bits)
{
	sa_level *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->by_remote = map_new(ix->seed);
	if (!l->by_remote) {
		free(l);
		return NULL;
	}
	l->bits = bits;
	l->next = *at;
	*at = l;
	return l;
}

static void drop_if_empty(sa_index *ix, sa_level *l, unsigned len)
{
	sa_level **at = len == 4 ? &ix->ip4 : &ix->ip6;

	if (map_count(l->by_remote) > 0)
		return;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	map_free(l->by_remote);
	free(l);
}

static bool put(sa_index *ix, sa_entry *e)
{
	const ip_prefix *remote = &e->selector.remote;
	sa_level **at = find_level(ix, remote);
	sa_level *l = *at && (*at)->bits == remote->bits ? *at : add_level(ix, at, remote->bits);

	if (!l)
		return false;
	const map_key key = key_of(&remote->addr, remote->bits);
	sa_entry *first = map_get(l->by_remote, key), **before = &first;
	while (*before && sa_selector_is_narrower(&(*before)->selector, &e->selector))
		before = &(*before)->next;
	e->level = l;
	e->next = *before;
	*before = e;
	if (map_put(l->by_remote, key, first))
		return true;
	drop_if_empty(
		ix, l,
		remote->addr.len); /* it was to be the first of its list: no other is concerned */
	return false;
}

static void take_out(sa_index *ix, sa_entry *e)
{
	const ip_prefix *remote = &e->selector.remote;
	const map_key key = key_of(&remote->addr, remote->bits);
	map *by_remote = e->level->by_remote;
	sa_entry *first = map_get(by_remote, key), **before = &first;

	while (*before != e)
		before = &(*before)->next;
	*before = e->next;
	if (first)
		map_put(by_remote, key, first); /* in the place of the one before */
	else
		map_del(by_remote, key);
	drop_if_empty(ix, e->level, remote->addr.len);
}

static void drop(sa_index *ix, sa_entry *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		take_out(ix, &all[i]);
	free(all);
}

static sa_entry *put_all(sa_index *ix, struct sa_set *set, const sa_selector *s, unsigned n)
{
	sa_entry *all = calloc(n, sizeof *all);

	for (unsigned i = 0; all && i < n; i++) {
		all[i] = (sa_entry){ .selector = s[i], .set = set };
		if (put(ix, &all[i]))
			continue;
		drop(ix, all, i);
		return NULL;
	}
	return all;
}

bool sa_index_replace(sa_index *ix, sa_entries *of, struct sa_set *set,
		      const sa_selector *selectors, unsigned n)
{
	sa_entry *all = n ? put_all(ix, set, selectors, n) : NULL;

	if (n && !all)
		return false;
	drop(ix, of->all, of->n);
	*of = (sa_entries){ all, n };
	return true;
}

sa_search sa_index_search(const sa_index *ix, const sa_packet *p)
{
	return (sa_search){ .packet = p, .level = p->remote.len == 4 ? ix->ip4 : ix->ip6 };
}

const sa_entry *sa_index_next(sa_search *s)
{
	for (;;) {
		for (const sa_entry *e = s->entry; e; e = e->next) {
			if (!sa_selector_covers_but_remote(&e->selector, s->packet))
				continue;
			s->entry = e->next;
			return e;
		}
		if (!s->level)
			return NULL;
		s->entry = map_get(s->level->by_remote, key_of(&s->packet->remote, s->level->bits));
		s->level = s->level->next;
	}
}
