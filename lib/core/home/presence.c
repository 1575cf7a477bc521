/* SPDX-License-Identifier: MIT */
#include "core/home/presence.h"

#include <stddef.h>

void home_presence_close(home_presence *all)
{
	timerq_free(&all->timers);
}

static void attract(home_presence *all, home_peer *p, bool away)
{
	const ip_addr *a4 = home_peer_address4(p), *a6 = home_peer_address6(p);
	home_presence_state *s = &p->presence;

	if (a4->len && s->attracted4 != away)
		all->env->attract(all->env->ctx, a4, away);
	if (a6->len && s->attracted6 != away)
		all->env->attract(all->env->ctx, a6, away);
	s->attracted4 = away && a4->len;
	s->attracted6 = away && a6->len;
}

static void set_timer(home_presence *all, home_peer *p)
{
	uint64_t bindings = home_bindings_next_timer_ms(&p->bindings);
	uint64_t sas = sa_set_next_timer_ms(&p->sas);

	/* It has had a place among the timers since it was added. */
	timerq_set(&all->timers, &p->presence.timer, bindings < sas ? bindings : sas);
}

bool home_presence_add(home_presence *all, home_peer *p)
{
	if (!timerq_set(&all->timers, &p->presence.timer, UINT64_MAX))
		return false;
	home_notices_add(all->notices, p);
	return true;
}

void home_presence_remove(home_presence *all, home_peer *p)
{
	home_presence_unbind(all, p, NULL);
	home_places_forget(all->places, p);
	timerq_cancel(&all->timers, &p->presence.timer);
}

/* Without a binding nothing of what was agreed is left: the client begins with a new association. */
static void end_agreement(home_presence *all, home_peer *p)
{
	all->n_registered--;
	sa_set_drop_all(&p->sas);
	attract(all, p, false);
}

static void log_move(const home_presence *all, const home_peer *p, const dgram_route *r)
{
	char to[ENDPOINT_STRLEN];

	log_info(all->log, "%s moved to %s", p->nai, endpoint_format(&r->to, to));
}

void home_presence_bind(home_presence *all, home_peer *p, const home_binding *b, bool keep_others)
{
	home_notices_drop(all->notices, p);
	if (p->bindings.n == 0)
		all->n_registered++;
	if (home_bindings_put(&p->bindings, b, keep_others))
		log_move(all, p, &b->route);
	attract(all, p, true);
	set_timer(all, p);
}

void home_presence_unbind(home_presence *all, home_peer *p, const ip_addr *care_of)
{
	bool had = p->bindings.n > 0;

	home_notices_drop(all->notices, p);
	home_bindings_drop(&p->bindings, care_of);
	home_bindings_leave_home(&p->bindings);
	if (had && p->bindings.n == 0)
		end_agreement(all, p);
	set_timer(all, p);
}

void home_presence_come_home(home_presence *all, home_peer *p)
{
	home_presence_unbind(all, p, NULL);
	home_bindings_come_home(&p->bindings);
}

void home_presence_hear(home_presence *all, home_peer *p, sa_pair *pair, core_time now,
			const dgram_route *from, bool moves)
{
	if (sa_set_confirm(&p->sas, pair, now.ms))
		set_timer(all, p);
	if (!home_bindings_hear(&p->bindings, now.ms, from, moves && pair == p->sas.live))
		return;
	home_places_note_move(all->places, p, now.ms);
	log_move(all, p, from);
}

static void expire(home_presence *all, home_peer *p, uint64_t now_ms)
{
	bool had = p->bindings.n > 0;

	home_bindings_expire(&p->bindings, now_ms);
	sa_set_tick(&p->sas, now_ms);
	if (had && p->bindings.n == 0) {
		end_agreement(all, p);
		log_info(all->log, "%s expired: not heard from for its lifetime", p->nai);
	}
	set_timer(all, p);
}

void home_presence_tick(home_presence *all, uint64_t now_ms)
{
	timer_entry *t;
	sa_set *worn;
	size_t left = all->timers.n;

	while ((worn = sa_store_take_worn(all->sas))) {
		home_peer *p = home_peer_of(worn);
		if (p)
			expire(all, p, now_ms);
	}
	while (left-- > 0 && (t = timerq_pop(&all->timers, now_ms)))
		expire(all, (home_peer *)((char *)t - offsetof(home_peer, presence.timer)), now_ms);
}

uint64_t home_presence_next_timer_ms(const home_presence *all)
{
	return sa_store_has_worn(all->sas) ? 0 : timerq_next_ms(&all->timers);
}
