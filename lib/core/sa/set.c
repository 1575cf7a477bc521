/* SPDX-License-Identifier: MIT */
/* set.c - the life of the associations with one peer. */
#include "core/sa/store_index.h"

#include <assert.h>
#include <stdlib.h>

const char *sa_state_name(sa_state s)
{
	static const char *const names[] = { "larval", "live", "dying", "replaced" };

	static_assert(sizeof names / sizeof names[0] == SA_N_STATES, "name every sa_state");
	return (unsigned)s < SA_N_STATES ? names[s] : "?";
}

/* --- pairs --- */

sa_pair *sa_pair_new(const sa_pair_conf *c)
{
	const esp_params in = { c->cipher, ESP_IN, c->esn, c->spi_in, c->key_in };
	const esp_params out = { c->cipher, ESP_OUT, c->esn, c->spi_out, c->key_out };
	sa_pair *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->spi_in = c->spi_in;
	p->spi_out = c->spi_out;
	p->cipher = c->cipher;
	p->limits = c->limits;
	p->born_ms = c->now_ms;
	p->in = esp_sa_new(&in, NULL);
	p->out = p->in ? esp_sa_new(&out, NULL) : NULL;
	if (p->out)
		return p;
	sa_pair_free(p);
	return NULL;
}

void sa_pair_free(sa_pair *p)
{
	if (!p)
		return;
	esp_sa_free(p->in);
	esp_sa_free(p->out);
	free(p);
}

static bool is_over(uint64_t count, uint64_t limit)
{
	return limit && count >= limit;
}

bool sa_pair_is_worn(const sa_pair *p, uint64_t now_ms)
{
	const sa_limits *l = &p->limits;

	return now_ms >= l->soft_ms || is_over(esp_sa_packets(p->out), l->soft_packets) ||
	       is_over(esp_sa_octets(p->out), l->soft_octets);
}

bool sa_pair_is_dead(const sa_pair *p, uint64_t now_ms)
{
	const sa_limits *l = &p->limits;

	return now_ms >= l->hard_ms || is_over(esp_sa_packets(p->out), l->hard_packets) ||
	       is_over(esp_sa_octets(p->out), l->hard_octets);
}

/* --- the set --- */

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
	const sa_selector none[SA_SELECTORS] = { 0 };

	if (!set->store)
		return;
	sa_set_drop_all(set);
	sa_set_select(set, none);
	set->store = NULL;
}

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
	sa_pair *p = set->live ? set->live : sa_set_unconfirmed(set);

	return p && !sa_pair_is_dead(p, now_ms) ? p : NULL;
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
