/* SPDX-License-Identifier: MIT */
/* world_relay.c - relays of the world, and what tests ask of them. */
#include "world.h"

#include <stdio.h>

core_time world_relay_time(const world *w, unsigned i)
{
	return world_time(w->us, w->relays[i].clock_s);
}

void world_add_relay(world *w)
{
	unsigned i = w->n_relays++;
	sim_relay *r = &w->relays[i];
	home_relay_conf *h = &w->hconf.relays[w->hconf.n_relays++];

	r->at = (endpoint){ .addr = ip4(203, 0, 113, (uint8_t)(10 + i)), .port = 4500 };
	r->delay_us = 500;
	snprintf(r->conf.name, sizeof r->conf.name, "dmz%u", i + 1);
	r->conf.address = ip4(192, 168, 60, (uint8_t)(10 + i));
	r->conf.home = ip4(192, 168, 50, 2);
	r->conf.max_visitors = 100;
	memset(r->conf.key2, 0x70 + (int)i, KEY2_LEN);
	*h = (home_relay_conf){ .address = r->conf.address, .at = r->at };
	memcpy(h->name, r->conf.name, sizeof h->name);
	memcpy(h->key2, r->conf.key2, KEY2_LEN);
}

void world_profile_relays(world *w, bool by_name)
{
	for (unsigned i = 0; i < w->n_relays; i++) {
		reg_relay *to = &w->cconf.relays[w->cconf.n_relays++];
		to->at = w->relays[i].at;
		if (by_name)
			memcpy(to->name, w->relays[i].conf.name, sizeof to->name);
	}
}

void world_one_relay(world *w)
{
	world_add_relay(w);
	world_profile_relays(w, true);
}

void world_relay_first(world *w)
{
	world_one_relay(w);
	w->cconf.kinds[0] = PATH_RELAY;
	w->cconf.kinds[1] = PATH_DIRECT;
	w->cconf.n_kinds = 2;
}

void world_relay_alone(world *w)
{
	world_one_relay(w);
	w->direct_black = true;
}

void world_start_relay(world *w, unsigned i)
{
	sim_relay *r = &w->relays[i];
	err e = { 0 };

	dgramq_clear(&r->out);
	dgramq_clear(&r->in);
	r->core = relay_core_new(&r->conf, &w->log, &r->out, &r->in, &e);
	assert_non_null(r->core);
}

void world_stop_relay(world *w, unsigned i)
{
	relay_core_free(w->relays[i].core);
	w->relays[i].core = NULL;
}

client_path_kind world_kind(world *w)
{
	client_path_status p[CLIENT_PATHS];
	size_t n = client_core_paths(w->client, world_client_time(w), p, CLIENT_PATHS);

	for (size_t i = 0; i < n; i++)
		if (p[i].active)
			return p[i].kind;
	return PATH_N_KINDS;
}

void world_start_relays(world *w)
{
	for (unsigned i = 0; i < w->n_relays; i++) {
		assert_true(dgramq_init(&w->relays[i].out) && dgramq_init(&w->relays[i].in));
		world_start_relay(w, i);
	}
}

void world_free_relays(world *w)
{
	for (unsigned i = 0; i < w->n_relays; i++) {
		world_stop_relay(w, i);
		dgramq_free(&w->relays[i].out);
		dgramq_free(&w->relays[i].in);
	}
}

void world_tick_relays(world *w)
{
	for (unsigned i = 0; i < w->n_relays; i++) {
		relay_core *r = w->relays[i].core;
		core_time now = world_relay_time(w, i);

		if (!r || relay_core_next_timer_ms(r) > now.ms)
			continue;
		relay_core_tick(r, now);
		world_ticked(&w->relays[i].timer, "relay", relay_core_next_timer_ms(r), now.ms);
	}
}

uint64_t world_relays_next_timer_us(const world *w)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < w->n_relays; i++) {
		const relay_core *r = w->relays[i].core;
		uint64_t its = r ? world_ms_to_us(relay_core_next_timer_ms(r)) : UINT64_MAX;
		next = its < next ? its : next;
	}
	return next;
}

relay_status world_relay(const world *w, unsigned i)
{
	relay_status s;

	relay_core_status(w->relays[i].core, &s);
	return s;
}

world *world_ready(void (*adjust)(world *w))
{
	world *w = world_with(adjust);

	world_run(w, 500);
	for (unsigned i = 0; i < w->n_relays; i++)
		assert_true(world_relay(w, i).list_complete);
	return w;
}

bool world_until_kind(world *w, client_path_kind k, uint64_t ms)
{
	for (uint64_t i = 0; i < ms && world_kind(w) != k; i += 10)
		world_run(w, 10);
	return world_kind(w) == k;
}
