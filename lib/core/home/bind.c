/* SPDX-License-Identifier: MIT */
/* bind.c - where a client's packets go, and until when. A binding is made by a registration and
 * follows the newest packet of the association in use (docs/protocol.md, "Moving"). */
#include "core/home/priv.h"

enum {
	IP4_UDP_HDRS = 28,
	IP6_UDP_HDRS = 48,
	CAUTIOUS_IP_LEN = 1280, /* what a path is trusted with before the client told its MTU */
};

void home_attract(home_core *h, home_client *c, bool away)
{
	if (home_address4(c)->len && c->attracted4 != away)
		h->env.attract(h->env.ctx, home_address4(c), away);
	if (home_address6(c)->len && c->attracted6 != away)
		h->env.attract(h->env.ctx, home_address6(c), away);
	c->attracted4 = away && home_address4(c)->len;
	c->attracted6 = away && home_address6(c)->len;
}

void home_bind_schedule(home_core *h, home_client *c)
{
	uint64_t due = UINT64_MAX;

	for (unsigned i = 0; i < c->n_bindings; i++)
		if (c->bindings[i].expires_ms < due)
			due = c->bindings[i].expires_ms;
	for (const home_sa *sa = c->sas; sa; sa = sa->next)
		if (sa->ends_ms < due)
			due = sa->ends_ms;
	timerq_set(&h->timers, &c->timer, due); /* has a place in the queue since it was added */
}

static void remove_binding(home_client *c, unsigned i)
{
	c->n_bindings--;
	memmove(&c->bindings[i], &c->bindings[i + 1], (c->n_bindings - i) * sizeof c->bindings[0]);
}

home_binding *home_bind_find(home_client *c, const ip_addr *care_of)
{
	for (unsigned i = 0; i < c->n_bindings; i++)
		if (ip_equal(&c->bindings[i].care_of, care_of))
			return &c->bindings[i];
	return NULL;
}

static home_binding *with_route(home_client *c, const dgram_route *r)
{
	for (unsigned i = 0; i < c->n_bindings; i++)
		if (dgram_route_equal(&c->bindings[i].route, r))
			return &c->bindings[i];
	return NULL;
}

home_binding *home_bind_from(home_client *c, const dgram_in *d)
{
	dgram_route r = dgram_back(d);

	return with_route(c, &r);
}

static void log_move(home_core *h, home_client *c, const dgram_route *r)
{
	char to[ENDPOINT_STRLEN];

	c->handovers++;
	log_info(h->log, "%s moved to %s", c->conf.nai, endpoint_format(&r->to, to));
}

/* The bindings that b takes the place of: all, or with simultaneous ones its own former self. */
static void make_way(home_client *c, const home_binding *b, bool keep_others)
{
	for (unsigned i = c->n_bindings; i-- > 0;)
		if (!keep_others || ip_equal(&c->bindings[i].care_of, &b->care_of) ||
		    dgram_route_equal(&c->bindings[i].route, &b->route))
			remove_binding(c, i);
}

void home_bind_set(home_core *h, home_client *c, const home_binding *b, bool keep_others)
{
	home_binding nb = *b;
	const home_binding *same = with_route(c, &b->route);

	if (same)
		nb.path_mtu = same->path_mtu;
	else if (c->n_bindings > 0 && !keep_others)
		log_move(h, c, &b->route);
	if (c->n_bindings == 0)
		h->n_registered++;
	make_way(c, b, keep_others);
	if (c->n_bindings == HOME_MAX_BINDINGS)
		c->n_bindings--;
	memmove(&c->bindings[1], &c->bindings[0], c->n_bindings * sizeof nb);
	c->bindings[0] = nb;
	c->n_bindings++;
	c->at_home = false;
	home_attract(h, c, true);
}

/* Without a binding nothing of what was agreed is left: the next registration starts anew (row S5). */
static void forget_agreement(home_core *h, home_client *c)
{
	h->n_registered--;
	home_sa_drop_all(h, c);
	home_attract(h, c, false);
}

void home_bind_drop(home_core *h, home_client *c, const ip_addr *care_of)
{
	const home_binding *b = care_of ? home_bind_find(c, care_of) : NULL;
	bool had = c->n_bindings > 0;

	if (b)
		remove_binding(c, (unsigned)(b - c->bindings));
	else
		c->n_bindings = 0;
	if (had && c->n_bindings == 0)
		forget_agreement(h, c);
	home_bind_schedule(h, c);
}

void home_bind_came_home(home_core *h, home_client *c)
{
	home_bind_drop(h, c, NULL);
	c->at_home = true;
}

static home_binding *least_heard(home_client *c)
{
	home_binding *found = &c->bindings[0];

	for (unsigned i = 1; i < c->n_bindings; i++)
		if (c->bindings[i].heard_ms < found->heard_ms)
			found = &c->bindings[i];
	return found;
}

/* With several bindings the one that has been silent longest is taken for the one that moved. */
static void move(home_core *h, home_client *c, uint64_t now_ms, const dgram_route *r)
{
	home_binding *b = least_heard(c);

	b->route = *r;
	b->care_of = r->to.addr;
	b->carrier = false; /* until it registers from there */
	b->path_mtu = 0;
	b->heard_ms = now_ms;
	log_move(h, c, r);
}

void home_bind_heard(home_core *h, home_client *c, core_time now, const dgram_in *d, bool may_move)
{
	dgram_route r = dgram_back(d);
	home_binding *b = with_route(c, &r);

	if (b)
		b->heard_ms = now.ms;
	else if (may_move && c->n_bindings > 0)
		move(h, c, now.ms, &r);
}

void home_bind_due(home_core *h, home_client *c, uint64_t now_ms)
{
	bool had = c->n_bindings > 0;

	for (unsigned i = c->n_bindings; i-- > 0;)
		if (c->bindings[i].expires_ms <= now_ms)
			remove_binding(c, i);
	home_sa_reap(h, c, now_ms);
	if (had && c->n_bindings == 0) {
		forget_agreement(h, c);
		log_info(h->log, "%s expired: not heard of for its lifetime", c->conf.nai);
	}
	home_bind_schedule(h, c);
}

static size_t path_mtu(const home_core *h, const home_binding *b, bool cautious)
{
	size_t hdrs = b->route.to.addr.len == 16 ? IP6_UDP_HDRS : IP4_UDP_HDRS;
	size_t link = h->conf->link_mtu - hdrs;

	if (b->path_mtu)
		return b->path_mtu < link ? b->path_mtu : link;
	return cautious && link > CAUTIOUS_IP_LEN - hdrs ? CAUTIOUS_IP_LEN - hdrs : link;
}

static uint16_t inner_mtu(const home_core *h, const home_client *c, bool cautious)
{
	size_t least = SIZE_MAX;

	for (unsigned i = 0; i < c->n_bindings; i++) {
		size_t mtu = path_mtu(h, &c->bindings[i], cautious);
		if (mtu < least)
			least = mtu;
	}
	return c->n_bindings ? (uint16_t)esp_inner_max(least) : 0;
}

uint16_t home_inner_mtu(const home_core *h, const home_client *c)
{
	return inner_mtu(h, c, true);
}

/* What connections should count on: longer segments than the path takes are cut, so that there is no
 * need to hold a connection down for its life because the path was not known at its start. */
uint16_t home_clamp_mtu(const home_core *h, const home_client *c)
{
	return inner_mtu(h, c, false);
}
