/* SPDX-License-Identifier: MIT */
/* sim_rekey.c - new associations under traffic; a home that lost them; hints. */
#include "world.h"

static world *short_lived(uint32_t lifetime_s)
{
	world *w = world_new();

	w->cconf.policy.lifetime_s = w->hconf.policy.lifetime_s = lifetime_s;
	w->cconf.lifetime_s = lifetime_s;
	return w;
}

TEST(renewal_under_traffic_loses_nothing)
{
	world *w = short_lived(20);

	world_up(w, 1);
	uint32_t spi = world_status(w).spi_in;
	world_traffic(w, 2000, 100);
	world_run(w, 120000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	assert_int_not_equal(world_status(w).spi_in, spi);
	assert_true(w->accepted >= 6);
	world_free(w);
}

static bool lose_replies(world *w, direction to, uint8_t *p, size_t n)
{
	return !(to == TO_CLIENT && dgram_classify(p, n) == DGRAM_REPLY &&
		 world_random(w, 100) < 60);
}

TEST(renewal_with_lost_replies_loses_nothing)
{
	world *w = short_lived(40);

	world_up(w, 1);
	w->watch = lose_replies;
	world_traffic(w, 2000, 100);
	world_run(w, 200000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	world_free(w);
}

static bool lose_echoes_of_new_associations(world *w, direction to, uint8_t *p, size_t n)
{
	(void)p;
	return !(to == TO_HOME && n == esp_sealed_len(20) && world_random(w, 100) < 60);
}

TEST(renewal_with_lost_confirmations_loses_nothing)
{
	world *w = short_lived(40);

	world_up(w, 1);
	w->watch = lose_echoes_of_new_associations;
	world_traffic(w, 2000, 100);
	world_run(w, 200000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(moves_during_renewals_recover)
{
	world *w = short_lived(20);
	int at = 1;

	world_up(w, at);
	world_traffic(w, 5000, 100);
	for (int i = 0; i < 100; i++) {
		int to = at == 1 ? 2 : 1;
		world_move(w, at, to);
		at = to;
		world_run(w, 500 + world_random(w, 1500));
		assert_int_equal(w->state, CLIENT_REGISTERED);
	}
	world_run(w, 1000);
	world_account(w);
	world_run(w, 2000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(restarted_home_is_noticed_by_its_hint)
{
	world *w = world_new();

	world_up(w, 1);
	for (int i = 0; i < 3; i++) {
		world_run(w, 10000);
		world_traffic(w, 2000, 100);
		world_run(w, 500);
		world_restart_home(w);
		world_run(w, 4500);
		world_account(w);
		world_run(w, 1000);
		world_traffic(w, 0, 0);
		world_run(w, 100);
		assert_int_equal(lost(&w->up) + lost(&w->down), 0);
		world_account(w);
	}
	world_free(w);
}

TEST(restarted_home_is_back_after_two_round_trips)
{
	world *w = world_new();

	world_up(w, 1);
	world_traffic(w, 1000, 100);
	world_run(w, 500);
	world_restart_home(w);
	world_run(w, 500);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_in_range(w->up.gap_us, 0, 85000);
	world_free(w);
}

TEST(restarted_home_accepts_a_client_that_moves)
{
	world *w = world_new();

	world_up(w, 1);
	world_run(w, 10000);
	world_restart_home(w);
	world_move(w, 1, 2);
	world_run(w, 500);
	world_traffic(w, 2000, 100);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	world_free(w);
}

TEST(storm_of_hints_triggers_few_registrations)
{
	world *w = world_new();

	world_up(w, 1);
	world_run(w, 10000);
	uint64_t before = w->registrations;
	uint8_t hint[CTL_UNKNOWN_SPI_LEN];
	for (int i = 0; i < 60000; i++) {
		wire_wr wr = wire_writer(hint, sizeof hint);
		ctl_unknown_spi_put(&wr, world_status(w).spi_out);
		world_send_to_client(w, w->n_socks, hint, sizeof hint);
		world_run(w, 1);
	}
	assert_in_range(w->registrations - before, 1, 8);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_free(w);
}

TEST(hint_about_a_foreign_association_does_nothing)
{
	world *w = world_new();

	world_up(w, 1);
	uint64_t before = w->registrations;
	uint8_t hint[CTL_UNKNOWN_SPI_LEN];
	for (uint32_t i = 0; i < 1000; i++) {
		wire_wr wr = wire_writer(hint, sizeof hint);
		ctl_unknown_spi_put(&wr, 0x30000000 + i);
		world_send_to_client(w, w->n_socks, hint, sizeof hint);
		world_run(w, 1);
	}
	assert_int_equal(w->registrations, before);
	world_free(w);
}

TEST(home_out_of_reach_for_longer_than_the_lifetime_is_found_again)
{
	world *w = short_lived(60);

	world_up(w, 1);
	w->sites[1].black = true;
	world_run(w, 300000);
	assert_int_equal(w->state, CLIENT_REGISTERING);
	assert_false(world_status(w).has_sa);
	w->sites[1].black = false;
	assert_true(world_until(w, CLIENT_REGISTERED, 40000));
	world_free(w);
}

RUN(T(renewal_under_traffic_loses_nothing), T(renewal_with_lost_replies_loses_nothing),
    T(renewal_with_lost_confirmations_loses_nothing), T(moves_during_renewals_recover),
    T(restarted_home_is_noticed_by_its_hint), T(restarted_home_is_back_after_two_round_trips),
    T(restarted_home_accepts_a_client_that_moves), T(storm_of_hints_triggers_few_registrations),
    T(hint_about_a_foreign_association_does_nothing),
    T(home_out_of_reach_for_longer_than_the_lifetime_is_found_again))
