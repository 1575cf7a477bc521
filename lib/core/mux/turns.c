/* SPDX-License-Identifier: MIT */
#include "core/mux/turns.h"

#include <stdlib.h>
#include <string.h>

void mux_turns_begin(mux_turns *all)
{
	all->left = MUX_TURN_WORK;
}

void mux_turns_work(mux_turns *all, unsigned units)
{
	all->left -= units < all->left ? units : all->left;
}

bool mux_turns_may_go_on(const mux_turns *all)
{
	return all->left > 0;
}

static void drop(mux_turn *t)
{
	free(t->p);
	t->p = NULL;
	t->at = t->n = 0;
}

bool mux_turn_keep(mux_turns *all, mux_turn *t, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(t->n + n);

	if (!copy)
		return false;
	if (t->n > 0)
		memcpy(copy, t->p + t->at, t->n);
	memcpy(copy + t->n, p, n);
	free(t->p);
	t->p = copy;
	t->at = 0;
	t->n += n;
	all->octets += n;
	return true;
}

void mux_turn_use(mux_turns *all, mux_turn *t, size_t n)
{
	t->at += n;
	t->n -= n;
	all->octets -= n;
	if (t->n == 0)
		drop(t);
}

static void append(mux_turns *all, mux_turn *t)
{
	t->prev = all->last;
	t->next = NULL;
	*(all->last ? &all->last->next : &all->first) = t;
	all->last = t;
	all->due++;
}

static void unlink_turn(mux_turns *all, mux_turn *t)
{
	*(t->prev ? &t->prev->next : &all->first) = t->next;
	*(t->next ? &t->next->prev : &all->last) = t->prev;
	all->due--;
}

void mux_turn_set_due(mux_turns *all, mux_turn *t, bool due)
{
	if (t->is_due == due)
		return;
	t->is_due = due;
	if (due)
		append(all, t);
	else
		unlink_turn(all, t);
}

void mux_turns_set_time(mux_turns *all, uint64_t now_ms)
{
	if (all->due == 0)
		all->next_ms = UINT64_MAX;
	else if (all->next_ms == UINT64_MAX)
		all->next_ms = now_ms + MUX_TURN_MS;
}

unsigned mux_turns_start(mux_turns *all, uint64_t now_ms)
{
	if (now_ms < all->next_ms)
		return 0;
	all->next_ms = UINT64_MAX;
	return all->due;
}

mux_turn *mux_turns_pop(mux_turns *all)
{
	mux_turn *t = all->first;

	if (t)
		mux_turn_set_due(all, t, false);
	return t;
}

void mux_turn_end(mux_turns *all, mux_turn *t)
{
	mux_turn_set_due(all, t, false);
	all->octets -= t->n;
	drop(t);
}
