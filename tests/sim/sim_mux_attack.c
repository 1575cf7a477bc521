/* SPDX-License-Identifier: MIT */
/* Strangers who use the multiplexer against its targets: what is not ours, and what nobody has answered but by a hint. */
#include "muxworld.h"

enum { SHOTS = 1000, ESP_LEN = 100, BURST = 64, PER_S = 4, PROOF_MS = 60000 };

static const uint8_t unknown_spi[8] = { 0x10, 0, 0, 0, 0x5a, 0x5a, 0x5a, 0x5a };
static const uint8_t unknown_visitor[8] = { 0x11, 0, 0, 0, 0x5a, 0x5a, 0x5a, 0x5a };
static const uint8_t bare_refusal[20] = { 3, 131 };
static const uint8_t reply[300] = { 3, 0 };

static void shoot(mw_link *l, const void *p, size_t n, unsigned count)
{
	uint8_t out[FRAMING_DATAGRAM_MAX + FRAMING_OVERHEAD];
	size_t len = mw_frame_of(FRAMING_CAPSULE, p, n, out);

	for (unsigned i = 0; i < count; i++)
		mw_say(l, out, len);
}

static void shoot_esp(mw_link *l, unsigned count, size_t n)
{
	uint8_t p[FRAMING_DATAGRAM_MAX];

	memset(p, 0x5a, sizeof p);
	shoot(l, p, n, count);
}

/* --- what enters --- */

TEST(what_could_not_be_ours_reaches_no_target)
{
	static const struct {
		uint8_t first[4];
		size_t n;
	} rows[] = {
		{ { 'x' }, 1 },
		{ { 0xff, 0xff }, 2 },
		{ { 0xff, 0xff, 0xff }, 3 },
		{ { 0x5a, 0x5a, 0x5a, 0x5a }, 35 },   /* shorter than ESP */
		{ { 0x1f, 0xff, 0xff, 0xff }, 1201 }, /* no message is so long */
		{ { 0x02, 0, 0, 1 }, 100 },           /* an SPI that nobody chooses */
		{ { 0x0e, 0xff, 0xff, 0xff }, 100 },
		{ { 0, 0, 0, 0 }, 100 }, /* IKE */
		{ { 1 }, 23 },           /* a request that is cut */
		{ { 1 }, 1201 },
		{ { 3, 131 }, 20 }, /* replies are no client's */
		{ { 7 }, 20 },
		{ { 0x0f }, 12 },
		{ { 0x10 }, 7 },
	};
	uint8_t p[FRAMING_DATAGRAM_MAX] = { 0 };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(p, 0, sizeof p);
		memcpy(p, rows[i].first, sizeof rows[i].first);
		shoot(l, p, rows[i].n, 1);
		assert_int_equal(w->sockets[0].sent, 0);
	}
	mw_free(w);
}

/* --- what an answer is --- */

TEST(hints_refusals_and_replies_lift_no_limit)
{
	const struct {
		const uint8_t *p;
		size_t n;
	} answers[] = { { unknown_spi, sizeof unknown_spi },
			{ unknown_visitor, sizeof unknown_visitor },
			{ bare_refusal, sizeof bare_refusal },
			{ reply, sizeof reply } };

	for (size_t i = 0; i < COUNT(answers); i++) {
		muxworld *w = mw_new(NULL);
		mw_link *l = mw_connect_udp(w, mw_client(1));

		shoot_esp(l, 1, ESP_LEN);
		mw_answer(&w->sockets[0], answers[i].p, answers[i].n);
		shoot_esp(l, SHOTS, ESP_LEN);
		assert_int_equal(w->sockets[0].sent, BURST);
		mw_free(w);
	}
}

TEST(octets_are_limited_as_datagrams_are)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot_esp(l, SHOTS, FRAMING_DATAGRAM_MAX);
	assert_int_equal(w->sockets[0].sent, 64 * 1024 / FRAMING_DATAGRAM_MAX);
	mw_free(w);
}

TEST(esp_both_ways_lifts_the_limit)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot_esp(l, 1, ESP_LEN);
	mw_datagrams(&w->sockets[0], 1, ESP_LEN);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, 1 + SHOTS);
	mw_free(w);
}

TEST(esp_that_answers_no_esp_lifts_nothing)
{
	static const uint8_t request[200] = { 1 };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot(l, request, sizeof request, 1);
	mw_datagrams(&w->sockets[0], 1, ESP_LEN);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, BURST);
	mw_free(w);
}

/* Eight megabits a second of these are a million datagrams. */
TEST(what_is_not_esp_stays_limited_in_a_tunnel_that_carries_an_association)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot_esp(l, 1, ESP_LEN);
	mw_datagrams(&w->sockets[0], 1, ESP_LEN);
	shoot(l, "\xff", 1, SHOTS);
	assert_int_equal(w->sockets[0].sent, BURST);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, BURST + SHOTS);
	mw_free(w);
}

TEST(a_target_that_is_silent_for_a_minute_is_to_prove_it_again)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot_esp(l, 1, ESP_LEN);
	mw_datagrams(&w->sockets[0], 1, ESP_LEN);
	mw_pass(w, PROOF_MS - 1);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, 1 + SHOTS);
	mw_pass(w, 1);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, 1 + SHOTS + BURST);
	mw_datagrams(&w->sockets[0], 1, ESP_LEN);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, 1 + SHOTS + BURST + SHOTS);
	mw_free(w);
}

TEST(what_is_dropped_is_counted_by_its_reason)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	shoot(l, "abc", 3, 5);
	shoot_esp(l, BURST + 7, ESP_LEN);
	mux_counts c = mux_core_counts(w->core);
	assert_int_equal(c.tunnels.dropped_foreign, 5);
	assert_int_equal(c.tunnels.dropped_unanswered, 7);
	assert_int_equal(c.tunnels.up_packets, BURST);
	mw_pass(w, 1000);
	shoot_esp(l, SHOTS, ESP_LEN);
	assert_int_equal(w->sockets[0].sent, BURST + PER_S);
	mw_free(w);
}

RUN(T(what_could_not_be_ours_reaches_no_target), T(hints_refusals_and_replies_lift_no_limit),
    T(octets_are_limited_as_datagrams_are), T(esp_both_ways_lifts_the_limit),
    T(esp_that_answers_no_esp_lifts_nothing),
    T(what_is_not_esp_stays_limited_in_a_tunnel_that_carries_an_association),
    T(a_target_that_is_silent_for_a_minute_is_to_prove_it_again),
    T(what_is_dropped_is_counted_by_its_reason))
