/* SPDX-License-Identifier: MIT */
#include "core/home/places.h"

#include "proto/mip.h"

enum {
	LAZY_MS = 5000, /* from the first move to the writing of all */
	AT_ONCE = 512, /* written together, so that registrations find the disk's queue short ... */
	AGAIN_MS = 1000, /* ... and the others then */
};

home_place home_place_of(const dgram_route *r, uint64_t left_ms, core_time now)
{
	return (home_place){ .to = r->to,
			     .from = r->from,
			     .sock = r->sock < DGRAM_RELAY ? r->sock : (uint32_t)DGRAM_RELAY,
			     .until_s = (uint32_t)((now.ntp >> 32) + left_ms / 1000) };
}

home_place home_place_of_bindings(const home_bindings *b, core_time now)
{
	const home_binding *last = b->n ? &b->all[0] : NULL;

	if (!last || last->expires_ms <= now.ms)
		return (home_place){ 0 };
	return home_place_of(&last->route, last->expires_ms - now.ms, now);
}

bool home_place_route(const home_place *p, const home_conf *c, dgram_route *out)
{
	unsigned i = 0;

	*out = (dgram_route){ .sock = p->sock, .to = p->to, .from = p->from };
	if (!p->to.addr.len || p->sock < DGRAM_RELAY)
		return p->to.addr.len != 0;
	while (i < c->n_relays && !ip_equal(&c->relays[i].address, &p->to.addr))
		i++;
	out->sock = DGRAM_RELAY + i;
	out->from_port = MIP_ESP_PORT;
	return i < c->n_relays;
}

static void list(home_places *all, home_peer *p)
{
	p->moved = (home_moved){ all->first, true };
	all->first = p;
}

static home_peer *take_first(home_places *all)
{
	home_peer *p = all->first;

	all->first = p->moved.next;
	p->moved = (home_moved){ 0 };
	return p;
}

void home_places_note_move(home_places *all, home_peer *p, uint64_t now_ms)
{
	if (p->moved.is_listed)
		return;
	if (!all->first)
		all->write_ms = now_ms + LAZY_MS;
	list(all, p);
}

void home_places_forget(home_places *all, home_peer *p)
{
	home_peer **at = &all->first;

	if (!p->moved.is_listed)
		return;
	while (*at != p)
		at = &(*at)->moved.next;
	*at = p->moved.next;
	p->moved = (home_moved){ 0 };
}

static void write_place(const home_places *all, home_peer *p, core_time now)
{
	if (!p->bindings.n)
		return;
	p->place = home_place_of_bindings(&p->bindings, now);
	const home_client_state state = home_peer_state(p);
	all->env->remember(all->env->ctx, p->id, &state);
}

/* A registration under way has a newer state on its way to the disk, with an identification that ours does not have. */
void home_places_tick(home_places *all, core_time now)
{
	home_places later = { 0 };
	unsigned n = 0;

	if (now.ms < home_places_next_timer_ms(all))
		return;
	while (all->first && n < AT_ONCE) {
		home_peer *p = take_first(all);
		if (p->txns.first) {
			list(&later, p);
			continue;
		}
		write_place(all, p, now);
		n++;
	}
	while (later.first)
		list(all, take_first(&later));
	all->write_ms = now.ms + AGAIN_MS;
}

uint64_t home_places_next_timer_ms(const home_places *all)
{
	return all->first ? all->write_ms : UINT64_MAX;
}
