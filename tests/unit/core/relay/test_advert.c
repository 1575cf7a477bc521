/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/relay/advert.h"

static const ip_addr *address(void)
{
	static ip_addr a;

	a = ip4(10, 9, 0, 1);
	return &a;
}

static agent_adv build(relay_advert *a)
{
	uint8_t out[RELAY_ADVERT_MAX];
	agent_adv got = { 0 };
	size_t n = relay_advert_build(a, address(), out);

	assert_true(n > 0 && agent_adv_get(out, n, &got));
	return got;
}

TEST(an_advertisement_says_what_the_relay_offers)
{
	relay_advert a;

	relay_advert_init(&a, "dmz1", 4500, 10, 0);
	agent_adv got = build(&a);
	assert_string_equal(got.name, "dmz1");
	assert_int_equal(got.port, 4500);
	assert_int_equal(got.router_lifetime_s, 30); /* three intervals */
	assert_int_equal(got.registration_lifetime_s, UINT16_MAX);
	assert_int_equal(got.flags, AGENT_R | AGENT_F | AGENT_T | AGENT_U);
	assert_true(got.sa2);
	assert_true(ip_equal(&got.care_of, address()));
	relay_advert_init(&a, "dmz1", 4500, 10, 11);
	got = build(&a);
	assert_int_equal(got.router_lifetime_s, 11);
}

TEST(the_last_one_has_no_lifetime)
{
	relay_advert a;
	uint8_t out[RELAY_ADVERT_MAX];
	agent_adv got;

	relay_advert_init(&a, "dmz1", 4500, 10, 0);
	build(&a);
	size_t n = relay_advert_build_last(&a, address(), out);
	assert_true(n > 0 && agent_adv_get(out, n, &got));
	assert_int_equal(got.router_lifetime_s, 0);
	assert_int_equal(got.sequence, 1);
}

/* RFC 5944 2.3.2: 0 to 255 mean a restart. */
TEST(sequence_numbers_go_on_at_256_after_65535)
{
	relay_advert a;

	relay_advert_init(&a, "dmz1", 4500, 10, 0);
	for (uint32_t i = 0; i <= UINT16_MAX; i++)
		assert_int_equal(build(&a).sequence, i);
	assert_int_equal(build(&a).sequence, 256);
	assert_int_equal(build(&a).sequence, 257);
}

TEST(the_next_one_follows_after_three_quarters_to_a_whole_interval)
{
	const core_time now = { .ms = 5000 };
	relay_advert a;
	uint64_t least = UINT64_MAX, most = 0;

	relay_advert_init(&a, "dmz1", 4500, 10, 0);
	for (uint32_t random = 0; random < 3000; random++) {
		relay_advert_schedule(&a, now, random * 2654435761u);
		least = a.next_ms < least ? a.next_ms : least;
		most = a.next_ms > most ? a.next_ms : most;
	}
	assert_in_range(least, 5000 + 7500, 5000 + 7550);
	assert_in_range(most, 5000 + 9950, 5000 + 10000);
}

TEST(solicitations_are_answered_twenty_times_and_then_ten_a_second)
{
	relay_advert a;
	unsigned n = 0;

	relay_advert_init(&a, "dmz1", 4500, 10, 0);
	for (int i = 0; i < 100; i++)
		n += relay_advert_take_answer(&a, (core_time){ .ms = 1000 });
	assert_int_equal(n, 20);
	for (int i = 0; i < 100; i++)
		n += relay_advert_take_answer(&a, (core_time){ .ms = 2000 });
	assert_int_equal(n, 30);
}

RUN(T(an_advertisement_says_what_the_relay_offers), T(the_last_one_has_no_lifetime),
    T(sequence_numbers_go_on_at_256_after_65535),
    T(the_next_one_follows_after_three_quarters_to_a_whole_interval),
    T(solicitations_are_answered_twenty_times_and_then_ten_a_second))
