/* SPDX-License-Identifier: MIT */
#include "core/mux/conn.h"

void mux_conn_init(mux_conn *c, mux_conns *all, mux_conn_kind kind, mux_share *share, void *link)
{
	mux_context *cx = all->cx;

	*c = (mux_conn){
		.kind = kind, .all = all, .link = link, .turn.owner = c, .next = all->first
	};
	mux_room_take(&cx->connections, &c->place, c, share, mux_now_ms(cx));
	c->timer.kind = kind == MUX_CONN_HTTP ? MUX_TIMER_HTTP : MUX_TIMER_FCGI;
	if (c->next)
		c->next->prev = c;
	all->first = c;
	all->open++;
}

void mux_conn_finish(mux_conn *c)
{
	c->all->cx->env.finish(c->link);
	c->link = NULL;
}

void mux_conn_end(mux_conn *c)
{
	mux_conns *all = c->all;

	if (c->link)
		all->cx->env.abort(c->link);
	mux_timer_set(&all->cx->timers, &c->timer, UINT64_MAX);
	mux_turn_end(&all->cx->turns, &c->turn);
	mux_room_leave(&all->cx->connections, &c->place);
	if (c->next)
		c->next->prev = c->prev;
	*(c->prev ? &c->prev->next : &all->first) = c->next;
	all->open--;
}

void mux_conn_count_request(mux_conn *c)
{
	c->all->requests++;
}

void mux_conn_write(mux_conn *c, const void *p, size_t n)
{
	c->all->cx->env.write(c->link, p, n);
}

bool mux_conn_is_full(const mux_conn *c)
{
	return c->all->cx->env.is_full(c->link);
}
