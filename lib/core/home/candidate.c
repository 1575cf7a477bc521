/* SPDX-License-Identifier: MIT */
#include "core/home/candidate.h"

enum { OLDER_PER_S = 1, OLDER_BURST = 5 };

typedef struct home_candidate home_candidate;

void home_candidates_init(home_candidates *all)
{
	*all = (home_candidates){ .older = { .per_s = OLDER_PER_S, .burst = OLDER_BURST } };
}

/* What a hello made, until it is used. */
static sa_pair *pair_of(const sa_set *sas, const home_candidate *c)
{
	sa_pair *p = c->spi_in ? sa_set_find_in(sas, c->spi_in) : NULL;

	return p && p->state == SA_LARVAL ? p : NULL;
}

static bool is_made_by(const sa_set *sas, const home_candidate *c, const link_hello *m)
{
	return pair_of(sas, c) && memcmp(c->auth, m->auth.p, LINK_AUTH_LEN) == 0;
}

static home_candidate *find(home_candidates *all, const sa_set *sas, const link_hello *m)
{
	for (unsigned i = 0; i < HOME_CANDIDATES; i++)
		if (is_made_by(sas, &all->all[i], m))
			return &all->all[i];
	return NULL;
}

/* NULL: none now. */
static home_candidate *place_for(home_candidates *all, uint64_t now_ms, const link_hello *m)
{
	if (m->time > all->all[0].time)
		return &all->all[0];
	return rate_take(&all->older, now_ms) ? &all->all[1] : NULL;
}

static bool make(home_candidate *c, const key2_set *k, sa_set *sas, bool continues, core_time now,
		 const link_hello *m)
{
	home_candidate made = { .spi_in = sa_store_pick_spi(sas->store),
				.time = m->time,
				.continues = continues };
	const reg_link_answer answer = { m, made.spi_in, continues ? LINK_CONTINUES : 0 };
	sa_pair *former = pair_of(sas, c), *pair;

	if (!made.spi_in || !reg_link_build_welcome(k, &answer, now, made.welcome, &pair))
		return false;
	if (former)
		sa_set_drop(sas, former);
	if (!sa_set_install(sas, pair)) {
		sa_pair_free(pair);
		return false;
	}
	memcpy(made.auth, m->auth.p, LINK_AUTH_LEN);
	*c = made;
	return true;
}

/* The same hello once more gets the same welcome: whichever arrives, home holds what it makes. */
const uint8_t *home_candidates_welcome(home_candidates *all, const key2_set *k, sa_set *sas,
				       bool has_link, core_time now, const link_hello *m)
{
	home_candidate *c = find(all, sas, m);
	bool continues = has_link && m->flags & LINK_CONTINUES;

	if (c)
		return c->welcome;
	c = place_for(all, now.ms, m);
	return c && make(c, k, sas, continues, now, m) ? c->welcome : NULL;
}

bool home_candidates_continue(const home_candidates *all, uint32_t spi_in)
{
	for (unsigned i = 0; i < HOME_CANDIDATES; i++)
		if (all->all[i].spi_in == spi_in)
			return all->all[i].continues;
	return false;
}
