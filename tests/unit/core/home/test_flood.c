/* SPDX-License-Identifier: MIT */
/* Strangers in numbers: answered with restraint, never with more than they sent, nothing allocated. */
#include "home_kit.h"

enum { FLOOD = 20000 };

typedef struct tally {
	size_t in, out, answers;
} tally;

/* Sends the message from many addresses within one second; p[at..at+4) differs each time. */
static tally flood(away *a, uint8_t *p, size_t n, size_t at)
{
	tally t = { 0 };

	for (uint32_t i = 0; i < FLOOD; i++) {
		store_be32(p + at, 0x60000000u + i * 2654435761u % 0x10000000u);
		a->from.addr = ip4(100, (uint8_t)(64 + (i >> 14)), (uint8_t)(i >> 6), (uint8_t)i);
		dgramq_clear(&a->k->tx);
		kit_deliver(a->k, a, p, n);
		t.in += n;
		for (uint32_t r = 0; r < a->k->tx.n_runs; r++) {
			assert_true(a->k->tx.runs[r].len <= n);
			t.out += a->k->tx.runs[r].len;
			t.answers += a->k->tx.runs[r].n_segs;
		}
		if (i % (FLOOD / 10) == 0)
			kit_pass(a->k, 100);
	}
	return t;
}

TEST(a_flood_under_unknown_spis_is_answered_at_the_limit_and_takes_no_memory)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	size_t before = kit_heap();
	size_t spi_at = a.n - AUTH_LEN - 4;
	tally t = flood(&a, a.octets, a.n, spi_at);
	assert_int_equal(kit_heap(), before);
	assert_in_range(t.answers, 400, 650); /* the burst, and a second's worth */
	assert_true(t.out <= t.in);
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, FLOOD);
	END(k, a);
}

TEST(a_flood_of_forged_authenticators_is_answered_at_the_limit_and_takes_no_memory)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	size_t before = kit_heap();
	tally t = flood(&a, a.octets, a.n, a.n - 4);
	assert_int_equal(kit_heap(), before);
	assert_in_range(t.answers, 400, 650);
	assert_int_equal(home_core_counters(k.h).registrations.denied_auth, FLOOD);
	assert_int_equal(k.saves, 0);
	END(k, a);
}

TEST(bent_copies_of_a_recorded_registration_are_not_all_verified_and_keep_nobody_out)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	flood(&a, a.octets, a.n, a.n - 4);
	home_counters c = home_core_counters(k.h);
	assert_int_equal(c.registrations.denied_replay, FLOOD); /* used: none is verified */
	away_prepare(&a);
	a.q.identification += 3600ull << 32; /* one that home would answer */
	away_build(&a);
	flood(&a, a.octets, a.n, a.n - 4);
	c = home_core_counters(k.h);
	assert_int_equal(c.registrations.denied_auth + c.registrations.denied_replay, 2 * FLOOD);
	assert_in_range(c.registrations.denied_auth, 100, 210); /* a second's worth and the burst */
	a.last_id = 0;
	away_prepare(&a);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	END(k, a);
}

TEST(copies_of_one_clients_registration_keep_no_other_from_setting_its_clock)
{
	SCENE_PREPARED(k, a);
	away b;

	kit_add(&k, 2);
	away_open(&b, &k, 2);
	away_build(&a);
	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	for (int i = 0; i < 3000; i++)
		away_send(&a);
	away_prepare(&b);
	b.q.identification -= 60ull << 32;
	assert_int_equal(away_ask(&b), MIP_HA_IDENT_MISMATCH);
	away_close(&b);
	END(k, a);
}

/* A key exchange each, and a write: what one client can have of them is limited, and others have theirs. */
TEST(one_client_that_registers_without_end_is_held_back)
{
	SCENE(k, a);
	away b;
	unsigned granted = 0;

	kit_add(&k, 2);
	away_open(&b, &k, 2);
	for (int i = 0; i < 1000; i++) {
		away_prepare(&a);
		int code = away_ask(&a);
		granted += code == MIP_ACCEPTED;
		assert_true(code == MIP_ACCEPTED || code == MIP_HA_RESOURCES);
		a.spi = code == MIP_ACCEPTED ? a.r.next_pseudonym : a.spi;
		kit_pass(&k, 1);
	}
	assert_in_range(granted, 200, 251); /* the burst, and a second's worth */
	assert_int_equal(k.saves, granted);
	away_register(&b);
	kit_pass(&k, 1000);
	away_register(&a);
	away_close(&b);
	END(k, a);
}

TEST(a_flood_under_unknown_esp_spis_gets_few_hints_of_eight_octets)
{
	SCENE_PREPARED(k, a);
	uint8_t p[64] = { 0 };
	size_t before = kit_heap();
	tally t = flood(&a, p, sizeof p, 0);

	assert_int_equal(kit_heap(), before);
	assert_in_range(t.answers, 50, 110);
	assert_int_equal(t.out, t.answers * CTL_UNKNOWN_SPI_LEN);
	home_counters c = home_core_counters(k.h);
	assert_int_equal(c.inbound.hints_sent, t.answers);
	assert_int_equal(c.inbound.hints_sent + c.inbound.hints_held_back, FLOOD);
	END(k, a);
}

TEST(garbage_of_every_length_is_survived)
{
	SCENE_PREPARED(k, a);
	uint8_t p[256] = { 0 };
	uint32_t seed = 1;

	for (int i = 0; i < 50000; i++) {
		size_t n = (size_t)i % sizeof p;
		for (size_t j = 0; j < n; j++)
			p[j] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		if (n > 0 && i % 2)
			p[0] = (uint8_t)(i % 4 == 1 ? 1 : i % 32);
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, p, n);
		dgramq_clear(&k.tx);
		kit_deliver(&k, &a, exact, n);
		free(exact);
	}
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(k.saves, 0);
	END(k, a);
}

TEST(the_log_stays_short_under_a_flood)
{
	SCENE_PREPARED(k, a);

	away_build(&a);
	flood(&a, a.octets, a.n, a.n - AUTH_LEN - 4);
	unsigned lines = 0;
	for (const char *p = k.lines; *p; p++)
		lines += *p == '\n';
	assert_in_range(lines, 1, 30);
	END(k, a);
}

static unsigned answers_to_questions(away *a, unsigned n)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < n; i++) {
		away_prepare(a);
		a->q.asks_time = true;
		away_build(a);
		away_send(a);
		answers += a->k->tx.n_runs;
	}
	return answers;
}

TEST(questions_of_one_client_are_answered_ten_times_a_second)
{
	SCENE_PREPARED(k, a);

	assert_int_equal(away_ask(&a), MIP_ACCEPTED);
	assert_int_equal(answers_to_questions(&a, 99), 20);
	kit_pass(&k, 1000);
	assert_int_equal(answers_to_questions(&a, 99), 10);
	END(k, a);
}

/* One that home would answer with its time, if its authenticator were right. */
static void record_skewed(away *a)
{
	away_prepare(a);
	a->q.identification += 3600ull << 32;
	away_build(a);
	a->octets[a->n - 1] ^= 1;
}

/* Each of them has its own limit; together they have another. */
TEST(recorded_registrations_of_many_clients_are_verified_a_thousand_times_a_second)
{
	enum { CLIENTS = 15, OF_EACH = 100 };
	SCENE(k, a);
	away each[CLIENTS];

	for (unsigned i = 0; i < CLIENTS; i++) {
		if (i > 0)
			kit_add(&k, (uint8_t)(1 + i));
		away_open(&each[i], &k, (uint8_t)(1 + i));
		record_skewed(&each[i]);
	}
	for (uint64_t half = 2; half <= 4; half++) {
		for (unsigned n = 0; n < CLIENTS * OF_EACH; n++)
			away_send(&each[n % CLIENTS]);
		assert_int_equal(home_core_counters(k.h).registrations.denied_auth, half * 500);
		kit_pass(&k, 500);
	}
	for (size_t i = 0; i < CLIENTS; i++)
		away_close(&each[i]);
	END(k, a);
}

TEST(recorded_registrations_of_one_client_are_verified_a_hundred_times_a_second)
{
	SCENE_PREPARED(k, a);

	record_skewed(&a);
	for (uint64_t half = 2; half <= 4; half++) {
		for (int i = 0; i < 500; i++)
			away_send(&a);
		assert_int_equal(home_core_counters(k.h).registrations.denied_auth, half * 50);
		kit_pass(&k, 500);
	}
	END(k, a);
}

TEST(one_client_registers_two_hundred_times_at_once_and_fifty_a_second)
{
	SCENE(k, a);

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0, most = round ? 50 : 200; i < most + 2; i++) {
			away_prepare(&a);
			assert_int_equal(away_ask(&a), i < most ? MIP_ACCEPTED : MIP_HA_RESOURCES);
			a.spi = i < most ? a.r.next_pseudonym : a.spi;
		}
		kit_pass(&k, 1000);
	}
	END(k, a);
}

TEST(hints_are_fifty_at_once_and_fifty_a_second)
{
	SCENE(k, a);
	uint8_t p[64] = { 0x70 };

	for (uint64_t half = 2; half <= 4; half++) {
		for (int i = 0; i < 200; i++)
			kit_deliver(&k, &a, p, sizeof p);
		assert_int_equal(home_core_counters(k.h).inbound.hints_sent, half * 25);
		kit_pass(&k, 500);
		dgramq_clear(&k.tx);
	}
	END(k, a);
}

static unsigned answers_to_copies(away *a, unsigned n)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < n; i++) {
		away_send(a);
		answers += a->k->tx.n_runs;
	}
	return answers;
}

TEST(strangers_get_four_hundred_refusals_at_once_and_two_hundred_a_second)
{
	SCENE_PREPARED(k, a);

	a.q.pseudonym = 0x7badbeef;
	away_build(&a);
	for (unsigned most = 400; most >= 200; most -= 200) {
		assert_int_equal(answers_to_copies(&a, 500), most);
		kit_pass(&k, 1000);
	}
	END(k, a);
}

static unsigned lines(const kit *k)
{
	unsigned n = 0;

	for (const char *p = k->lines; *p; p++)
		n += *p == '\n';
	return n;
}

/* Strangers have theirs, clients that are refused have others. */
TEST(the_log_has_twenty_lines_of_refusals_at_once_and_two_a_second)
{
	for (unsigned known = 0; known < 2; known++) {
		SCENE_PREPARED(k, a);
		if (!known)
			a.q.pseudonym = 0x7badbeef;
		k.log.level = LOG_WARN;
		for (unsigned most = 20; most; most = most == 20 ? 2 : 0) {
			k.lines[0] = 0;
			for (int i = 0; i < 30; i++) {
				a.q.home_agent = ip4(192, 0, 2, 1);
				a.q.identification++;
				away_ask(&a);
			}
			assert_int_equal(lines(&k), most);
			kit_pass(&k, 1000);
		}
		k.log.level = LOG_ERROR;
		k.lines[0] = 0;
		kit_pass(&k, 1000);
		away_ask(&a);
		assert_int_equal(lines(&k), 0);
		END(k, a);
	}
}

RUN(T(questions_of_one_client_are_answered_ten_times_a_second),
    T(recorded_registrations_of_many_clients_are_verified_a_thousand_times_a_second),
    T(recorded_registrations_of_one_client_are_verified_a_hundred_times_a_second),
    T(one_client_registers_two_hundred_times_at_once_and_fifty_a_second),
    T(hints_are_fifty_at_once_and_fifty_a_second),
    T(strangers_get_four_hundred_refusals_at_once_and_two_hundred_a_second),
    T(the_log_has_twenty_lines_of_refusals_at_once_and_two_a_second),
    T(a_flood_under_unknown_spis_is_answered_at_the_limit_and_takes_no_memory),
    T(a_flood_of_forged_authenticators_is_answered_at_the_limit_and_takes_no_memory),
    T(bent_copies_of_a_recorded_registration_are_not_all_verified_and_keep_nobody_out),
    T(copies_of_one_clients_registration_keep_no_other_from_setting_its_clock),
    T(one_client_that_registers_without_end_is_held_back),
    T(a_flood_under_unknown_esp_spis_gets_few_hints_of_eight_octets),
    T(garbage_of_every_length_is_survived), T(the_log_stays_short_under_a_flood))
