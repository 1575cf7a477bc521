/* SPDX-License-Identifier: MIT */
/* world_disk.c - what home writes of the client, and when it is written. */
#include "world.h"

void world_request_save(void *ctx, uint64_t number, const home_request *r)
{
	world *w = ctx;

	assert_int_equal(r->kind, HOME_WAIT_DURABLE);
	assert_true(w->n_saves < SIM_SAVES);
	w->saves[w->n_saves++] =
		(sim_save){ .number = number, .at_us = w->us + w->save_us, .state = *r->state };
}

void world_remember_place(void *ctx, const uint8_t client[CLIENT_ID_LEN],
			  const home_client_state *state)
{
	world *w = ctx;

	(void)client;
	w->saved_home = *state;
	w->remembered++;
}

void world_complete_saves(world *w)
{
	while (w->n_saves > 0 && w->saves[0].at_us <= w->us) {
		const sim_save first = w->saves[0];
		w->n_saves--;
		memmove(&w->saves[0], &w->saves[1], w->n_saves * sizeof first);
		if (!w->save_fails) {
			w->saved_home = first.state;
			w->has_saved_home = true;
		}
		home_core_complete(
			w->home, world_home_time(w), first.number,
			&(home_answer){ .kind = HOME_WAIT_DURABLE, .ok = !w->save_fails });
	}
}
