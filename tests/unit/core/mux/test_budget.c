/* SPDX-License-Identifier: MIT */
#include "core/mux/budget.h"
#include "unit.h"

enum { T0 = 1000000, LEN = 100 };

static const mux_budget_limits no_limits;

/* What of count datagrams may be sent at once. */
static unsigned sent_of(mux_budget *b, mux_budget_turns *s, const mux_budget_limits *l,
			unsigned count, size_t n, uint64_t now_ms)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < count; i++)
		sent += mux_budget_take(b, s, l, now_ms, MUX_ENTRY_ESP, n);
	return sent;
}

static mux_budget proven(void)
{
	mux_budget b = { .has_sent_esp = true };

	mux_budget_note_esp(&b, T0);
	return b;
}

TEST(an_allowance_is_a_burst_and_then_a_rate)
{
	const mux_allowance a = { .burst = 5, .rate = 10 };
	uint64_t at = 0, after;

	for (unsigned i = 0; i < 5; i++) {
		assert_true(mux_allowance_has(a, at, 1, T0, &after));
		at = after;
	}
	assert_false(mux_allowance_has(a, at, 1, T0, &after));
	assert_false(mux_allowance_has(a, at, 1, T0 + 99, &after));
	assert_true(mux_allowance_has(a, at, 1, T0 + 100, &after));
	assert_false(mux_allowance_has(a, at, 6, T0 + 100000, &after));
	assert_true(mux_allowance_has(a, at, 5, T0 + 100000, &after));
}

TEST(an_allowance_without_a_rate_is_just_the_burst)
{
	const mux_allowance a = { .burst = 2 };
	uint64_t at = 0, after;

	assert_true(mux_allowance_has(a, at, 1, T0, &after));
	assert_true(mux_allowance_has(a, after, 1, T0, &at));
	assert_false(mux_allowance_has(a, at, 1, T0 + 1000000, &after));
}

TEST(a_tunnel_has_64_datagrams_and_then_4_a_second)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };
	unsigned sent = 0;

	assert_int_equal(sent_of(&b, &s, &l, 1000, LEN, T0), 64);
	assert_int_equal(sent_of(&b, &s, &l, 1, LEN, T0 + 249), 0);
	for (uint64_t t = T0 + 250; t < T0 + 10250; t++)
		sent += sent_of(&b, &s, &l, 1, LEN, t);
	assert_int_equal(sent, 40);
	assert_int_equal(sent_of(&b, &s, &l, 1000, LEN, T0 + 1000000), 64);
}

TEST(a_tunnel_has_64_kib_and_then_6_kib_a_second)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };
	unsigned sent = 0;

	assert_int_equal(sent_of(&b, &s, &l, 64, 2000, T0), 65536 / 2000);
	for (uint64_t t = T0 + 10; t <= T0 + 10000; t += 10)
		sent += sent_of(&b, &s, &l, 1, 2000, t);
	assert_in_range(sent, 10 * 6144 / 2000, 10 * 6144 / 2000 + 1);
}

TEST(tunnels_begun_anew_do_not_get_round_the_limit_of_their_source)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	unsigned sent = 0;

	/* For ten seconds 64 tunnels a second, each of which sends what one may. */
	for (uint64_t t = T0; t < T0 + 10000; t += 15) {
		mux_budget b = { 0 };
		sent += sent_of(&b, &s, &l, 64, LEN, t);
	}
	assert_in_range(sent, 256 + 310, 256 + 320);
}

TEST(nor_do_octets)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	uint64_t octets = 0;

	for (uint64_t t = T0; t < T0 + 10000; t += 15) {
		mux_budget b = { 0 };
		octets += (uint64_t)sent_of(&b, &s, &l, 64, 2000, t) * 2000;
	}
	assert_in_range(octets, 256 * 1024 + 9 * 48 * 1024, 256 * 1024 + 10 * 48 * 1024 + 2000);
}

TEST(one_that_shoots_leaves_others_behind_its_address_their_beginning)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	mux_budget guns[63] = { 0 };
	unsigned sent = 0;

	for (uint64_t t = T0; t < T0 + 20000; t += 10) {
		for (unsigned i = 0; i < 63; i++)
			sent += sent_of(&guns[i], &s, &l, 10, LEN, t);
		if (t < T0 + 5000 || t % 1000) /* they have begun, too */
			continue;
		mux_budget client = { 0 };
		assert_int_equal(sent_of(&client, &s, &l, 3, LEN, t), 3);
	}
	assert_in_range(sent, 300, 256 + 20 * 32);
}

TEST(what_a_source_may_not_send_does_not_count_for_its_tunnel)
{
	const mux_budget_limits l = { .tunnel = { .burst = 2 },
				      .source = { .burst = 1, .rate = 1 } };
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };

	assert_int_equal(sent_of(&b, &s, &l, 10, LEN, T0), 1);
	assert_int_equal(sent_of(&b, &s, &l, 10, LEN, T0 + 1000), 1);
	assert_int_equal(sent_of(&b, &s, &l, 10, LEN, T0 + 2000), 0); /* its own limit */
}

TEST(what_a_tunnel_may_not_send_does_not_count_for_its_source)
{
	const mux_budget_limits l = { .tunnel = { .burst = 1 },
				      .source = { .burst = 4, .rate = 1 } };
	mux_budget_turns s = { 0 };
	mux_budget a = { 0 }, b = { 0 };

	assert_int_equal(sent_of(&a, &s, &l, 10, LEN, T0), 1);
	assert_int_equal(sent_of(&b, &s, &l, 10, LEN, T0), 1);
}

TEST(zero_is_no_limit)
{
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };

	assert_int_equal(sent_of(&b, &s, &no_limits, 2000, 2000, T0), 2000);
	assert_int_equal(
		sent_of(&b, &s, &(mux_budget_limits){ .source = { .burst = 1 } }, 9, LEN, T0), 9);
	assert_int_equal(
		sent_of(&b, &s, &(mux_budget_limits){ .source = { .rate = 1 } }, 9, LEN, T0), 9);
	assert_int_equal(
		sent_of(&b, &s, &(mux_budget_limits){ .source_octets = { .rate = 1 } }, 9, LEN, T0),
		9);
}

TEST(esp_counts_as_an_answer_only_to_esp)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };

	assert_true(mux_budget_take(&b, &s, &l, T0, MUX_ENTRY_MESSAGE, LEN));
	mux_budget_note_esp(&b, T0);
	assert_false(mux_budget_is_proven(&b, T0));
	assert_true(mux_budget_take(&b, &s, &l, T0, MUX_ENTRY_ESP, LEN));
	assert_false(mux_budget_is_proven(&b, T0));
	mux_budget_note_esp(&b, T0);
	assert_true(mux_budget_is_proven(&b, T0));
	assert_true(mux_budget_is_proven(&b, T0 + MUX_BUDGET_PROOF_MS - 1));
	assert_false(mux_budget_is_proven(&b, T0 + MUX_BUDGET_PROOF_MS));
}

TEST(esp_that_was_not_sent_is_not_answered)
{
	const mux_budget_limits l = { .tunnel = { .burst = 1 } };
	mux_budget_turns s = { 0 };
	mux_budget b = { 0 };

	assert_true(mux_budget_take(&b, &s, &l, T0, MUX_ENTRY_MESSAGE, LEN));
	assert_false(mux_budget_take(&b, &s, &l, T0, MUX_ENTRY_ESP, LEN));
	mux_budget_note_esp(&b, T0);
	assert_false(mux_budget_is_proven(&b, T0));
}

TEST(an_association_takes_nothing_of_what_its_source_may_send)
{
	const mux_budget_limits l = mux_budget_defaults();
	mux_budget_turns s = { 0 };
	mux_budget a = proven(), b = { 0 };

	assert_int_equal(sent_of(&a, &s, &l, 5000, 2000, T0), 5000);
	for (unsigned i = 0; i < 64; i++)
		assert_true(mux_budget_take(&a, &s, &l, T0, MUX_ENTRY_MESSAGE, LEN));
	assert_false(mux_budget_take(&a, &s, &l, T0, MUX_ENTRY_MESSAGE, LEN));
	assert_int_equal(s.datagrams_us, 0);
	assert_int_equal(s.octets_us, 0);
	assert_int_equal(sent_of(&b, &s, &l, 64, LEN, T0), 64);
}

RUN(T(an_allowance_is_a_burst_and_then_a_rate), T(an_allowance_without_a_rate_is_just_the_burst),
    T(a_tunnel_has_64_datagrams_and_then_4_a_second),
    T(a_tunnel_has_64_kib_and_then_6_kib_a_second),
    T(tunnels_begun_anew_do_not_get_round_the_limit_of_their_source), T(nor_do_octets),
    T(one_that_shoots_leaves_others_behind_its_address_their_beginning),
    T(what_a_source_may_not_send_does_not_count_for_its_tunnel),
    T(what_a_tunnel_may_not_send_does_not_count_for_its_source), T(zero_is_no_limit),
    T(esp_counts_as_an_answer_only_to_esp), T(esp_that_was_not_sent_is_not_answered),
    T(an_association_takes_nothing_of_what_its_source_may_send))
