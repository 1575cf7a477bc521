/* SPDX-License-Identifier: MIT */
/* sim_relay_keys.c - the keys of a relay's own link with home, over a long time. */
#include "world.h"

/* Half an hour: three times over, on a path that loses one packet in fifty each way. */
TEST(a_links_keys_are_renewed_and_neither_list_nor_client_notices)
{
	world *w = world_ready(world_relay_alone);

	world_plug(w, 1);
	assert_true(world_until(w, CLIENT_REGISTERED, 1000));
	w->relays[0].loss = 20;
	for (int s = 0; s < 1800; s++) {
		world_run(w, 1000);
		assert_int_equal(world_relay(w, 0).link, RELAY_LINK_UP);
		assert_true(home_core_relay(w->home, 0).linked);
		assert_int_equal(world_relay(w, 0).visitors, 1);
	}
	assert_int_equal(world_kind(w), PATH_RELAY);
	world_free(w);
}

RUN(T(a_links_keys_are_renewed_and_neither_list_nor_client_notices))
