/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

enum { GAP_MIN_MS = 300, GAP_MAX_MS = 30000 };

static const client_path *probed;
static unsigned n_probes;

static void count_probes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	wire_rd r = wire_reader(o->inner, o->len);
	ctl_msg m;

	(void)k, (void)now, (void)n;
	if (o->next_header != ESP_NEXT_CTL || !ctl_get(&r, &m) || m.kind != CTL_ECHO)
		return;
	assert_int_equal(m.flags, CTL_STAY); /* the binding stays where it is */
	assert_ptr_equal(p, probed);
	n_probes++;
}

static void set_metric(client_path *p, uint32_t metric)
{
	uplink u = p->up;

	u.metric = metric;
	client_paths_set_uplink(p, &u);
}

static unsigned collect(kit *k, uint64_t ms)
{
	n_probes = 0;
	kit_collect(k, after(ms), count_probes);
	return n_probes;
}

/* Two measured paths of the same round trip: the active one, and another that the system prefers. */
static client_path *start(kit *k)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	client_path *active = kit_up(k);

	client_core_uplinks(k->c, after(0), u, 2);
	client_path *other = client_paths_next(&k->c->paths, active);
	assert_ptr_equal(k->c->paths.active, active);
	set_metric(active, 10);
	active->rtt_us = other->rtt_us = 40000;
	probed = other;
	dgramq_clear(&k->tx);
	client_upgrade_reset(&k->c->upgrade, active->slot);
	client_upgrade_reset(&k->c->upgrade, other->slot);
	return other;
}

static unsigned begin(kit *k, uint64_t ms)
{
	client_upgrade_start(&k->c->upgrade, after(ms));
	return collect(k, ms);
}

static uint64_t timer(const kit *k)
{
	return client_upgrade_next_timer_ms(&k->c->upgrade);
}

/* Probes in the tick at which the timer runs out. */
static unsigned next(kit *k)
{
	uint64_t ms = timer(k) - start_time.ms;

	client_upgrade_tick(&k->c->upgrade, after(ms - 1));
	assert_int_equal(collect(k, ms), 0);
	client_upgrade_tick(&k->c->upgrade, after(ms));
	return collect(k, ms);
}

static void assert_gap(const kit *k, uint64_t last_ms, uint64_t gap_ms)
{
	assert_in_range(timer(k) - last_ms, gap_ms * 8 / 10, gap_ms * 12 / 10);
}

TEST(a_better_path_is_probed_at_once_and_then_at_gaps_that_double_up_to_half_a_minute)
{
	static const uint64_t gaps_ms[] = { 600, 1200, 2400, 4800, 9600, 19200, 30000, 30000 };
	kit k;

	start(&k);
	assert_int_equal(begin(&k, 0), 1);
	assert_gap(&k, after(0).ms, GAP_MIN_MS);
	for (size_t i = 0; i < COUNT(gaps_ms); i++) {
		uint64_t at = timer(&k);
		client_paths_sent_data(k.c->paths.active, at);
		assert_int_equal(next(&k), 1);
		assert_gap(&k, at, gaps_ms[i]);
	}
	kit_end(&k);
}

TEST(the_first_gap_is_two_round_trips_where_they_are_long)
{
	kit k;
	client_path *p = start(&k);

	p->rtt_us = 500000;
	assert_int_equal(begin(&k, 0), 1);
	assert_gap(&k, after(0).ms, 1000);
	kit_end(&k);
}

TEST(gaps_begin_again_with_every_start)
{
	kit k;

	start(&k);
	begin(&k, 0);
	assert_int_equal(next(&k) + next(&k), 2);
	assert_int_equal(begin(&k, 5000), 1);
	assert_gap(&k, after(5000).ms, GAP_MIN_MS);
	kit_end(&k);
}

static void reach_longest_gap(kit *k)
{
	begin(k, 0);
	for (int i = 0; i < 8; i++)
		next(k);
	assert_in_range(k->c->upgrade.of[probed->slot].gap_ms, GAP_MAX_MS, GAP_MAX_MS);
}

TEST(at_the_longest_gap_an_idle_tunnel_is_left_alone)
{
	kit k;

	start(&k);
	reach_longest_gap(&k);
	uint64_t at = timer(&k);
	client_paths_sent_data(k.c->paths.active, at - 30000);
	assert_int_equal(next(&k), 0);
	assert_gap(&k, at, GAP_MAX_MS); /* it is looked at again */
	client_paths_sent_data(k.c->paths.active, timer(&k) - 29999);
	assert_int_equal(next(&k), 1);
	kit_end(&k);
}

TEST(at_the_longest_gap_an_idle_carrier_is_left_as_soon_as_possible)
{
	kit k;

	start(&k);
	reach_longest_gap(&k);
	k.c->paths.active->kind = PATH_HTTPS;
	assert_int_equal(next(&k), 1);
	kit_end(&k);
}

TEST(a_path_that_failed_is_not_probed_before_its_rest_is_over)
{
	kit k;
	client_path *p = start(&k);

	client_paths_failed(p, after(0).ms); /* for 5 s */
	assert_int_equal(begin(&k, 0), 0);
	assert_int_equal(timer(&k), after(5000).ms);
	assert_int_equal(next(&k), 1);
	kit_end(&k);
}

TEST(only_a_path_that_would_be_preferred_is_an_upgrade)
{
	kit k;
	client_path *p = start(&k);
	const client_path *active = k.c->paths.active;

	assert_true(client_upgrade_is_one(&k.c->upgrade, p));
	assert_false(client_upgrade_is_one(&k.c->upgrade, active));
	set_metric(p, 11);
	assert_false(client_upgrade_is_one(&k.c->upgrade, p));
	assert_int_equal(begin(&k, 0), 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(any_path_that_can_be_used_is_better_than_one_that_failed)
{
	kit k;
	client_path *p = start(&k);

	set_metric(p, 11);
	client_paths_silent(k.c->paths.active);
	assert_true(client_upgrade_is_one(&k.c->upgrade, p));
	kit_end(&k);
}

TEST(a_path_that_cannot_be_used_is_no_upgrade)
{
	kit k;
	client_path *p = start(&k);

	p->up.has_default = false;
	assert_false(client_upgrade_is_one(&k.c->upgrade, p));
	assert_int_equal(begin(&k, 0), 0);
	kit_end(&k);
}

TEST(without_an_active_path_or_an_association_nothing_can_be_compared)
{
	kit k;
	client_path *p = start(&k), *active = k.c->paths.active;

	client_paths_set_active(&k.c->paths, NULL);
	assert_false(client_upgrade_is_one(&k.c->upgrade, p));
	assert_int_equal(begin(&k, 0), 0);
	client_paths_set_active(&k.c->paths, active);
	client_associations_drop_all(&k.c->associations);
	assert_false(client_upgrade_is_one(&k.c->upgrade, p));
	assert_int_equal(begin(&k, 0), 0);
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

TEST(an_equal_path_is_probed_until_its_round_trip_is_known)
{
	kit k;
	client_path *p = start(&k);

	set_metric(p, 10);
	p->rtt_us = 0;
	assert_false(client_upgrade_is_one(&k.c->upgrade, p)); /* the profile's order */
	assert_int_equal(begin(&k, 0), 1);
	client_paths_measured(&k.c->paths, p, 40000);
	assert_int_equal(next(&k), 0);
	assert_true(timer(&k) == NEVER);
	p->rtt_us = 0;
	set_metric(p, 11); /* the system prefers the active one, however fast this is */
	assert_int_equal(begin(&k, 100), 0);
	kit_end(&k);
}

TEST(a_path_that_is_worth_it_no_longer_is_not_probed_any_more)
{
	kit k;
	client_path *p = start(&k);

	assert_int_equal(begin(&k, 0), 1);
	set_metric(p, 11);
	assert_int_equal(next(&k), 0);
	assert_true(timer(&k) == NEVER);
	assert_int_equal(begin(&k, 1000), 0); /* nor is what was planned left over */
	kit_end(&k);
}

TEST(a_start_and_a_cancel_end_what_was_planned)
{
	kit k;
	client_path *p = start(&k);

	begin(&k, 0);
	client_upgrade_cancel(&k.c->upgrade, p);
	assert_true(timer(&k) == NEVER);
	begin(&k, 0);
	set_metric(p, 11);
	client_upgrade_start(&k.c->upgrade, after(10));
	assert_true(timer(&k) == NEVER);
	kit_end(&k);
}

RUN(T(a_better_path_is_probed_at_once_and_then_at_gaps_that_double_up_to_half_a_minute),
    T(the_first_gap_is_two_round_trips_where_they_are_long), T(gaps_begin_again_with_every_start),
    T(at_the_longest_gap_an_idle_tunnel_is_left_alone),
    T(at_the_longest_gap_an_idle_carrier_is_left_as_soon_as_possible),
    T(a_path_that_failed_is_not_probed_before_its_rest_is_over),
    T(only_a_path_that_would_be_preferred_is_an_upgrade),
    T(any_path_that_can_be_used_is_better_than_one_that_failed),
    T(a_path_that_cannot_be_used_is_no_upgrade),
    T(without_an_active_path_or_an_association_nothing_can_be_compared),
    T(an_equal_path_is_probed_until_its_round_trip_is_known),
    T(a_path_that_is_worth_it_no_longer_is_not_probed_any_more),
    T(a_start_and_a_cancel_end_what_was_planned))
