/* SPDX-License-Identifier: MIT */
#include "core/home/candidate.h"

typedef struct home_candidate home_candidate;

/* What a hello made, until it is used. */
static sa_pair *pair_of(const sa_set *sas, const home_candidate *c)
{
	sa_pair *p = c->spi_in ? sa_set_find_in(sas, c->spi_in) : NULL;

	return p && p->state == SA_LARVAL ? p : NULL;
}

static bool is_made_by(const sa_set *sas, const home_candidate *c, const link_hello *m)
{
	return pair_of(sas, c) && memcmp(c->nonce, m->nonce, LINK_NONCE_LEN) == 0;
}

static home_candidate *place_for(home_candidates *all, const sa_set *sas, const link_hello *m)
{
	for (unsigned i = 0; i < HOME_CANDIDATES; i++)
		if (is_made_by(sas, &all->all[i], m))
			return &all->all[i];
	return &all->all[m->time >= all->all[0].time ? 0 : 1];
}

static bool make(home_candidate *c, const key2_set *k, sa_set *sas, core_time now,
		 const link_hello *m)
{
	home_candidate made = { .spi_in = sa_store_pick_spi(sas->store), .time = m->time };
	sa_pair *former = pair_of(sas, c), *pair;

	if (!made.spi_in || !reg_link_build_welcome(k, m, made.spi_in, now, made.welcome, &pair))
		return false;
	if (former)
		sa_set_drop(sas, former);
	if (!sa_set_install(sas, pair)) {
		sa_pair_free(pair);
		return false;
	}
	memcpy(made.nonce, m->nonce, LINK_NONCE_LEN);
	*c = made;
	return true;
}

/* The same hello once more gets the same welcome: whichever arrives, home holds what it makes. */
const uint8_t *home_candidates_welcome(home_candidates *all, const key2_set *k, sa_set *sas,
				       core_time now, const link_hello *m)
{
	home_candidate *c = place_for(all, sas, m);

	return is_made_by(sas, c, m) || make(c, k, sas, now, m) ? c->welcome : NULL;
}
