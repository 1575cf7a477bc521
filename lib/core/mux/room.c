/* SPDX-License-Identifier: MIT */
#include "core/mux/room.h"

bool mux_room_is_full(const mux_room *r)
{
	return r->limit && r->taken >= r->limit;
}

/* --- shares, by how many unproven places they have --- */

static unsigned index_of(const mux_share *s)
{
	return s->n < MUX_ROOM_COUNTS ? s->n : MUX_ROOM_COUNTS - 1;
}

static void unlist(mux_room *r, mux_share *s)
{
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &r->shares[index_of(s)]) = s->next;
}

static void list(mux_room *r, mux_share *s)
{
	mux_share **first = &r->shares[index_of(s)];

	s->prev = NULL;
	s->next = *first;
	if (s->next)
		s->next->prev = s;
	*first = s;
	if (index_of(s) > r->most)
		r->most = index_of(s);
}

/* By one up or down: so `most` moves by one, too. */
static void recount(mux_room *r, mux_share *s, unsigned n)
{
	if (s->n > 0)
		unlist(r, s);
	s->n = n;
	if (n > 0)
		list(r, s);
	if (r->most > 0 && !r->shares[r->most])
		r->most--;
}

/* --- unproven places --- */

static void append(mux_room *r, mux_place *p)
{
	mux_share *s = p->share;

	p->older = s->newest;
	p->newer = NULL;
	if (s->newest)
		s->newest->newer = p;
	s->newest = p;
	p->before = r->newest;
	p->after = NULL;
	*(r->newest ? &r->newest->after : &r->oldest) = p;
	r->newest = p;
}

static void unlink_place(mux_room *r, mux_place *p)
{
	if (p->older)
		p->older->newer = p->newer;
	*(p->newer ? &p->newer->older : &p->share->newest) = p->older;
	*(p->before ? &p->before->after : &r->oldest) = p->after;
	*(p->after ? &p->after->before : &r->newest) = p->before;
}

static void remove_unproven(mux_room *r, mux_place *p)
{
	unlink_place(r, p);
	recount(r, p->share, p->share->n - 1);
	r->unproven--;
}

void mux_room_take(mux_room *r, mux_place *p, void *owner, mux_share *share, uint64_t now_ms)
{
	*p = (mux_place){
		.state = MUX_PLACE_PROVEN, .owner = owner, .share = share, .since_ms = now_ms
	};
	r->taken++;
	if (!share)
		return;
	p->state = MUX_PLACE_UNPROVEN;
	append(r, p);
	recount(r, share, share->n + 1);
	r->unproven++;
}

void mux_room_prove(mux_room *r, mux_place *p)
{
	if (p->state != MUX_PLACE_UNPROVEN)
		return;
	remove_unproven(r, p);
	p->state = MUX_PLACE_PROVEN;
}

void mux_room_leave(mux_room *r, mux_place *p)
{
	if (p->state == MUX_PLACE_NONE)
		return;
	if (p->state == MUX_PLACE_UNPROVEN)
		remove_unproven(r, p);
	p->state = MUX_PLACE_NONE;
	r->taken--;
}

/* --- who goes --- */

mux_place *mux_room_give_up(mux_room *r, const mux_share *share, uint64_t now_ms)
{
	unsigned wished = (share ? share->n : 0) + 1;
	mux_place *p = NULL;

	if (r->most > wished)
		p = r->shares[r->most]->newest;
	else if (r->oldest && now_ms >= r->oldest->since_ms + MUX_ROOM_PROBATION_MS)
		p = r->oldest;
	if (!p)
		return NULL;
	mux_room_leave(r, p);
	r->given_up++;
	return p;
}
