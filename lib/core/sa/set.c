/* SPDX-License-Identifier: MIT */
/* set.c - the life of the associations with one peer. */
#include "core/sa/store_index.h"

void sa_set_open(sa_set *set, sa_store *store, const sa_rules *rules, void *owner)
{
	*set = (sa_set){ .store = store, .rules = rules, .owner = owner };
}

void *sa_set_owner(const sa_set *set, const sa_rules *rules)
{
	return set->rules == rules ? set->owner : NULL;
}

void sa_set_close(sa_set *set)
{
	if (!set->store)
		return;
	sa_set_drop_all(set);
	sa_set_select(set, NULL, 0);
	sa_store_forget_worn(set);
	set->store = NULL;
}

/* --- selectors --- */

bool sa_set_select(sa_set *set, const sa_selector *selectors, unsigned n)
{
	if (n > SA_SELECTORS_MAX)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!sa_selector_is_valid(&selectors[i]))
			return false;
	return sa_index_replace(&set->store->by_traffic, &set->selectors, set, selectors, n);
}

bool sa_set_permits(const sa_set *set, const sa_packet *p)
{
	for (unsigned i = 0; i < set->selectors.n; i++)
		if (sa_selector_covers(&set->selectors.all[i].selector, p))
			return true;
	return false;
}

sa_set *sa_set_find_out(const sa_store *s, const sa_packet *p, uint64_t now_ms)
{
	sa_search search = sa_index_search(&s->by_traffic, p);
	const sa_entry *first = sa_index_next(&search), *e = first;

	while (e && !sa_set_sending(e->set, now_ms))
		e = sa_index_next(&search);
	e = e ? e : first;
	return e ? e->set : NULL;
}

/* --- pairs --- */

/* at: the pointer that leads to it. */
static void drop_at(sa_set *set, sa_pair **at)
{
	sa_pair *p = *at;

	*at = p->next;
	if (set->live == p)
		set->live = NULL;
	sa_store_remove(set->store, p);
	sa_pair_free(p);
}

void sa_set_drop(sa_set *set, sa_pair *p)
{
	sa_pair **at = &set->pairs;

	while (*at != p)
		at = &(*at)->next;
	drop_at(set, at);
}

void sa_set_drop_all(sa_set *set)
{
	while (set->pairs)
		drop_at(set, &set->pairs);
}

/* The newest `most` of that state stay. */
static void keep_newest(sa_set *set, sa_state state, unsigned most)
{
	sa_pair **at = &set->pairs;
	unsigned n = 0;

	while (*at) {
		if ((*at)->state == state && ++n > most)
			drop_at(set, at);
		else
			at = &(*at)->next;
	}
}

sa_pair *sa_set_find_in(const sa_set *set, uint32_t spi)
{
	sa_pair *p = sa_store_find_in(set->store, spi);

	return p && p->set == set ? p : NULL;
}

bool sa_set_install(sa_set *set, sa_pair *p)
{
	if (!sa_store_put(set->store, p))
		return false;
	p->state = SA_LARVAL;
	p->set = set;
	p->next = set->pairs;
	set->pairs = p;
	keep_newest(set, SA_LARVAL, set->rules->max_larval);
	return true;
}

static void replace(sa_set *set, sa_pair *p, uint64_t until_ms)
{
	p->state = SA_REPLACED;
	if (p->limits.hard_ms > until_ms)
		p->limits.hard_ms = until_ms;
	if (set->live == p)
		set->live = NULL;
}

/* Larval pairs under the outbound SPI of p are copies of the attempt that led to it: the peer holds none of them. Those
 * that are older it may have sent on before it had p, and what it sent may have been overtaken by what confirms p. */
static void retire_other_attempts(sa_set *set, const sa_pair *p, uint64_t until_ms)
{
	sa_pair **at = &set->pairs;
	bool is_older = false;

	while (*at) {
		sa_pair *q = *at;
		bool other = q != p && q->state == SA_LARVAL;

		is_older |= q == p;
		if (other && q->spi_out == p->spi_out) {
			drop_at(set, at);
			continue;
		}
		if (other && is_older)
			replace(set, q, until_ms);
		at = &q->next;
	}
}

bool sa_set_confirm(sa_set *set, sa_pair *p, uint64_t now_ms)
{
	uint64_t until_ms = now_ms + set->rules->replaced_ms;

	if (p->state != SA_LARVAL)
		return false;
	retire_other_attempts(set, p, until_ms);
	if (set->live)
		replace(set, set->live, until_ms);
	p->state = SA_LIVE;
	set->live = p;
	keep_newest(set, SA_REPLACED, set->rules->max_replaced);
	return true;
}

sa_pair *sa_set_unconfirmed(const sa_set *set)
{
	return set->pairs && set->pairs->state == SA_LARVAL ? set->pairs : NULL;
}

sa_pair *sa_set_sending(const sa_set *set, uint64_t now_ms)
{
	sa_pair *p = set->live;

	if (p && !sa_pair_is_dead(p, now_ms))
		return p;
	p = set->rules->sends_larval ? sa_set_unconfirmed(set) : NULL;
	return p && !sa_pair_is_dead(p, now_ms) ? p : NULL;
}

size_t sa_set_seal(sa_set *set, uint64_t now_ms, uint8_t *pkt, size_t inner_len,
		   uint8_t next_header)
{
	sa_pair *p = sa_set_sending(set, now_ms);

	return p ? sa_pair_seal(p, now_ms, pkt, inner_len, next_header) : 0;
}

void sa_set_retire_all(sa_set *set, uint64_t until_ms)
{
	for (sa_pair *p = set->pairs; p; p = p->next)
		replace(set, p, until_ms);
}

void sa_set_give_up(sa_set *set, sa_pair *p, uint64_t now_ms)
{
	replace(set, p, now_ms + set->rules->replaced_ms);
}

bool sa_set_tick(sa_set *set, uint64_t now_ms)
{
	sa_pair **at = &set->pairs;
	bool had = set->live != NULL;

	sa_store_forget_worn(set);
	while (*at) {
		if (sa_pair_is_dead(*at, now_ms)) {
			drop_at(set, at);
			continue;
		}
		if ((*at)->state == SA_LIVE && sa_pair_is_worn(*at, now_ms))
			(*at)->state = SA_DYING;
		at = &(*at)->next;
	}
	return had && !set->live;
}

static uint64_t pair_timer_ms(const sa_pair *p)
{
	if (sa_pair_is_dead(p, 0) || (p->state == SA_LIVE && sa_pair_is_worn(p, 0)))
		return 0; /* by packets or octets */
	return p->state == SA_LIVE && p->limits.soft_ms < p->limits.hard_ms ? p->limits.soft_ms
									    : p->limits.hard_ms;
}

uint64_t sa_set_next_timer_ms(const sa_set *set)
{
	uint64_t next = SA_NEVER;

	for (const sa_pair *p = set->pairs; p; p = p->next)
		if (pair_timer_ms(p) < next)
			next = pair_timer_ms(p);
	return next;
}
