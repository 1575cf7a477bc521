/* SPDX-License-Identifier: MIT */
#include "io/http/carrier_priv.h"
#include "base/clock.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy(carrier *c)
{
	for (unsigned i = 0; i < c->n_ways; i++) {
		if (&c->ways[i] == c->won && !c->down)
			way_finish(&c->ways[i]);
		else
			way_end(&c->ways[i]);
		explicit_bzero(&c->ways[i].route.auth, sizeof c->ways[i].route.auth);
	}
	io_timer_free(c->timer);
	carrier_data_free(c);
	free(c->ways);
	explicit_bzero(&c->conf, sizeof c->conf);
	free(c);
}

static void note(carrier *c, const why_text *why)
{
	if (why->rank > c->why.rank)
		c->why = *why;
}

static void go_down(carrier *c)
{
	if (c->down || c->dead)
		return;
	c->down = true;
	io_timer_at(c->timer, UINT64_MAX);
	c->ev.down(c->ev.ctx, c->why.text);
}

static void set_timer(carrier *c)
{
	uint64_t due = c->won || c->down ? UINT64_MAX : dial_next_timer_ms(&c->dial);
	for (unsigned i = 0; i < c->n_ways && !c->won; i++)
		if (c->ways[i].due_ms < due)
			due = c->ways[i].due_ms;
	if (!c->down && dial_has_failed(&c->dial))
		due = 0;
	io_timer_at(c->timer, due);
}

void carrier_enter(carrier *c)
{
	c->busy++;
}

void carrier_leave(carrier *c)
{
	if (--c->busy)
		return;
	if (c->dead)
		destroy(c);
	else if (!c->won)
		set_timer(c);
}

void carrier_way_failed(carrier *c, way *w, const why_text *why)
{
	if (c->dead || c->down)
		return;
	log_debug(c->conf.log, "carrier: %s", why->text);
	if (w == c->won) {
		c->why = *why;
		go_down(c);
		return;
	}
	note(c, why);
	if (why->rank == WHY_CREDENTIALS && c->ev.credentials)
		c->ev.credentials(c->ev.ctx, why->text);
	way_end(w);
	dial_failed(&c->dial, w->index, clock_mono_ms());
}

void carrier_way_up(carrier *c, way *w)
{
	carrier_info info;
	if (c->dead || c->down || c->won)
		return;
	c->won = w;
	dial_won(&c->dial, w->index);
	for (unsigned i = 0; i < c->n_ways; i++)
		if (&c->ways[i] != w)
			way_end(&c->ways[i]);
	set_timer(c);
	way_info(w, &info);
	c->ev.up(c->ev.ctx, &info);
}

static void give_up_overdue(carrier *c, uint64_t now)
{
	int i;
	while ((i = dial_find_overdue(&c->dial, now)) >= 0) {
		way *w = &c->ways[i];
		char at[ENDPOINT_STRLEN];
		if (w->why.rank == WHY_NONE)
			why_set(&w->why, WHY_SILENT, "%s%s: no answer",
				w->route.proxy ? "proxy " : "",
				w->route.proxy ? w->route.proxy->name
					       : endpoint_format(&w->route.to, at));
		note(c, &w->why);
		way_end(w);
		dial_failed(&c->dial, w->index, now);
	}
}

static void on_timer(void *ctx)
{
	carrier *c = ctx;
	uint64_t now = clock_mono_ms();
	int i;
	carrier_enter(c);
	give_up_overdue(c, now);
	while (!c->won && (i = dial_begin_next(&c->dial, now)) >= 0)
		way_begin(&c->ways[i]);
	for (unsigned k = 0; k < c->n_ways && !c->won; k++)
		way_tick(&c->ways[k], now);
	if (dial_has_failed(&c->dial))
		go_down(c);
	carrier_leave(c);
}

static_assert(2 * CARRIER_ADDRESSES + CARRIER_PROXIES <= DIAL_ATTEMPTS,
	      "no way is left out for a hint");

/* A way that tries all methods, or only one that is not the first of them. */
static void add_way(carrier *c, const carrier_proxy *proxy, const endpoint *to,
		    carrier_method first)
{
	way *w = &c->ways[c->n_ways];
	if (c->n_ways == DIAL_ATTEMPTS)
		return;
	*w = (way){ .owner = c, .index = c->n_ways, .first = first, .due_ms = UINT64_MAX };
	w->once = first != CARRIER_CONNECT_UDP;
	w->route = (conn_route){
		.owner = c, .loop = c->loop, .conf = &c->conf, .proxy = proxy, .to = *to
	};
	c->n_ways++;
}

/* Is this what the hint tells of? Then a method that is not the best has a way of its own beside the one
 * that begins with the best: what is swallowed there holds nobody up, and what is not wins by its lead. */
static void add_if(carrier *c, bool hinted, const carrier_proxy *proxy, const endpoint *to)
{
	const carrier_hint *h = &c->conf.hint;
	bool is = h->known && strcmp(h->proxy, proxy ? proxy->name : "") == 0;
	if (is != hinted || !uplink_reaches(&c->conf.up, &to->addr))
		return;
	add_way(c, proxy, to, CARRIER_CONNECT_UDP);
	if (is && h->method != CARRIER_CONNECT_UDP)
		add_way(c, proxy, to, h->method);
}

static void add_ways(carrier *c, bool hinted)
{
	const carrier_mux *m = c->conf.mux;
	for (unsigned i = 0; c->conf.direct && i < m->n_addresses; i++) {
		endpoint to = m->addresses[i];
		to.port = m->port;
		add_if(c, hinted, NULL, &to);
	}
	for (unsigned i = 0; i < c->conf.n_proxies; i++)
		add_if(c, hinted, &c->conf.proxies[i], &c->conf.proxies[i].at);
}

static bool set_up(carrier *c, err *e)
{
	c->ways = calloc(DIAL_ATTEMPTS, sizeof *c->ways);
	if (!c->ways || !carrier_data_new(c))
		return err_sys(e, ENOMEM, "carrier");
	add_ways(c, true);
	add_ways(c, false);
	if (c->n_ways == 0)
		return err_set(e, ERR_SYSTEM, "no way to %s nor to a proxy by uplink %s",
			       c->conf.mux->host, c->conf.up.name);
	c->timer = io_timer_new(c->loop, on_timer, c, e);
	return c->timer != NULL;
}

carrier *carrier_open(io_loop *l, const carrier_conf *conf, const carrier_events *ev, err *e)
{
	carrier *c = calloc(1, sizeof *c);
	if (!c) {
		err_sys(e, ENOMEM, "carrier");
		return NULL;
	}
	c->loop = l;
	c->conf = *conf;
	c->ev = *ev;
	if (!set_up(c, e)) {
		destroy(c);
		return NULL;
	}
	dial_init(&c->dial, c->n_ways, clock_mono_ms());
	io_timer_at(c->timer, 0);
	return c;
}

void carrier_close(carrier *c)
{
	if (!c || c->dead)
		return;
	c->dead = true;
	if (c->busy == 0)
		destroy(c);
}

bool carrier_is_up(const carrier *c)
{
	return c->won && !c->down && !c->dead;
}
