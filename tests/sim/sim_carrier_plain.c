/* SPDX-License-Identifier: MIT */
/* sim_carrier_plain.c - tunnels of plain requests: their two connections, and the answers to GETs; POSTs have
 * sim_carrier_post.c. */
#include "carrier_trial.h"

enum {
	RTT_MS = 2 * TRIAL_LATENCY_MS,
	PIPELINE = 4,
	PACE_MS = 30,
	ANSWER_MS = 6000,
	HEAD_MS = 1500,
	BACKOFF_MS = 250,
};

static trial *up_by(const host_script *mux)
{
	trial *t = trial_new(mux);

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->method, CARRIER_PLAIN);
	return t;
}

/* ---- connections ---- */

/* Neither is a fault: an idle connection may be closed at any time. */
TEST(a_connection_that_is_closed_unused_is_replaced_after_a_while)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	for (unsigned i = 0; i < 8; i++) {
		unsigned opened = t->opened;
		carrier_core_closed(t->core, t->now_ms, 0, NULL);
		trial_run(t, i ? BACKOFF_MS - 1 : 0); /* the first one has served */
		assert_int_equal(t->opened, opened + !i);
		trial_run(t, 1 + RTT_MS);
		assert_int_equal(t->opened, opened + 1);
	}
	trial_send(t, 0, 1, 100);
	trial_run(t, 100);
	assert_int_equal(t->got, 1);
	assert_false(t->down);
	trial_free(t);
}

/* What was framed already, and what waits behind it. */
TEST(datagrams_outlive_the_connection_they_were_for)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	for (uint32_t i = 0; i < 43; i++) /* as much as a POST takes */
		trial_send_one(t, 0, i, 1400);
	carrier_core_closed(t->core, t->now_ms, 0, NULL);
	for (uint32_t i = 43; i < 73; i++)
		trial_send_one(t, 0, i, 1400);
	carrier_core_flush(t->core, t->now_ms);
	trial_run(t, 500);
	assert_int_equal(t->got, 73);
	assert_true(t->in_order);
	trial_free(t);
}

/* The second attempt's connections have other numbers than the first's. */
TEST(each_half_of_a_later_attempt_is_known_by_its_number)
{
	trial *t = trial_new(&(host_script){ .swallow_upgrades = true, .plain = true });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	for (unsigned conn = 2; conn < 4; conn++) {
		unsigned opened = t->opened;
		carrier_core_closed(t->core, t->now_ms, conn, NULL);
		trial_run(t, RTT_MS);
		assert_int_equal(t->opened, opened + 1);
		assert_int_equal(t->connections[conn].opened_ms, t->now_ms - RTT_MS);
	}
	trial_free(t);
}

/* RFC 9110 15.2: an interim answer. */
TEST(a_100_is_no_answer)
{
	trial *t = trial_new(&(host_script){ .plain = true, .continues = true });

	trial_begin(t);
	trial_assert_carries(t, CARRIER_PLAIN);
	assert_int_equal(t->opened, 4); /* two for upgrades */
	trial_free(t);
	t = trial_new(&(host_script){ .connect_udp = true, .continues = true });
	trial_begin(t);
	trial_assert_carries(t, CARRIER_CONNECT_UDP);
	trial_free(t);
}

/* ---- GETs ---- */

TEST(a_get_that_ends_is_repeated)
{
	trial *t = up_by(&(host_script){ .plain = true, .end_gets = true });
	unsigned opened = t->opened;

	for (unsigned i = 0; i < 5; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 100);
	}
	assert_int_equal(t->got, 5);
	assert_int_equal(t->gets, 6);
	assert_int_equal(t->opened, opened); /* on the same connection */
	assert_int_equal(trial_count(t, "?wait="), 0);
	trial_free(t);
}

/* The kit checks that no datagram comes before `up`. */
TEST(a_datagram_that_comes_with_the_head_comes_after_the_tunnel_is_up)
{
	trial *t = up_by(&(host_script){ .plain = true, .body = "\0\4\0\0\0\0", .body_n = 6 });

	trial_run(t, 100);
	assert_int_equal(t->got, 1);
	assert_int_equal(t->batches, 1);
	trial_free(t);
}

/* The GET leaves after two round trips, with the POST, whose answer comes early. */
TEST(a_tunnel_whose_answers_are_kept_back_is_up_after_a_second_and_a_half)
{
	trial *t = trial_new(&(host_script){ .plain = true, .whole = true });

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	assert_int_equal(t->up_ms - 1000000, 5 * RTT_MS + HEAD_MS);
	trial_free(t);
}

/* A proxy that begins to keep answers back while the tunnel is up. */
TEST(answers_that_are_kept_back_later_are_asked_to_end_soon_too)
{
	trial *t = up_by(&(host_script){ .plain = true, .end_gets = true });

	trial_send(t, 0, 1, 100);
	trial_run(t, RTT_MS - 1); /* the GET's answer has ended, the next one has not left */
	t->hosts[1].whole = true;
	trial_run(t, 100);
	assert_int_equal(trial_count(t, "?wait="), 0);
	for (unsigned i = 0; i < 40; i++) {
		trial_send(t, 1 + i, 1, 100);
		trial_run(t, 100);
	}
	assert_true(trial_count(t, "/down?wait=30\n") > 0);
	assert_int_equal(t->got, 41);
	assert_false(t->down);
	trial_free(t);
}

/* Its POSTs have a pace: each may be a connection for the multiplexer. */
TEST(posts_have_a_pace_where_answers_are_kept_back)
{
	trial *t = up_by(&(host_script){ .plain = true, .whole = true });

	unsigned before = t->posts;
	for (unsigned i = 0; i < 300; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 1);
	}
	assert_in_range(t->posts - before, 2, 300 / PACE_MS + 1);
	trial_free(t);
}

TEST(an_answer_that_goes_on_is_not_kept_back)
{
	trial *t = up_by(&(host_script){ .plain = true });

	for (unsigned i = 0; i < 40; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 100);
	}
	assert_int_equal(t->gets, 1);
	assert_int_equal(trial_count(t, "?wait="), 0);
	assert_int_equal(t->got, 40);
	trial_free(t);
}

TEST(once_the_tunnel_is_up_no_other_attempt_begins)
{
	trial *t = trial_new(&(host_script){ .plain = true });

	trial_add_address(t, 2, &(host_script){ .connect_udp = true });
	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	for (unsigned i = 0; i < 40; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 1000);
	}
	assert_int_equal(t->opened, 4);
	assert_int_equal(t->got, 40);
	assert_false(t->down);
	trial_free(t);
}

TEST(a_connection_that_is_refused_is_the_attempts_error)
{
	trial *t = trial_new(&(host_script){ .refuses = "Connection refused" });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(t->failed, 2);
	assert_string_equal(t->last_failure.text, "192.0.2.1:80: Connection refused");
	trial_free(t);
}

/* A body that was cut is no part of the next one. */
TEST(a_lost_connection_is_replaced_and_the_tunnel_stays)
{
	trial *t = up_by(&(host_script){ .plain = true, .body = "\0\100x", .body_n = 3 });

	trial_run(t, 100);
	trial_hang_up(t);
	t->hosts[1].body_n = 0;
	trial_run(t, 500);
	trial_send(t, 0, 30, 1000);
	trial_run(t, 500);
	assert_int_equal(t->got, 30);
	assert_true(t->in_order);
	assert_false(t->down);
	trial_free(t);
}

TEST(an_answer_that_is_no_http_ends_the_attempt)
{
	trial *t = trial_new(&(host_script){ .silent = true });
	uint8_t garbage[] = "SSH-2.0\r\n\r\n";

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	trial_run(t, 300);
	carrier_core_octets(t->core, t->now_ms, 3, garbage, sizeof garbage - 1);
	assert_int_equal(t->failed, 1);
	assert_memory_equal(t->last_failure.text, "the answer is not HTTP: ", 24);
	trial_free(t);
}

TEST(a_get_whose_connection_is_closed_unanswered_ends_the_attempt)
{
	trial *t = trial_new(&(host_script){ .silent = true });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	trial_run(t, 300);
	carrier_core_closed(t->core, t->now_ms, 3, "reset");
	assert_int_equal(t->failed, 1);
	assert_string_equal(t->last_failure.text, "a plain request is not answered: reset");
	trial_free(t);
}

TEST(a_connection_that_cannot_be_begun_is_the_attempts_error)
{
	trial *t = trial_new(&(host_script){ .unopened = "Network is unreachable" });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(t->failed, 2);
	assert_string_equal(t->last_failure.text, "192.0.2.1:80: Network is unreachable");
	trial_free(t);
}

TEST(a_body_that_is_no_tunnel_ends_it)
{
	trial *t = up_by(&(host_script){ .plain = true, .body = "\377\377garbage", .body_n = 9 });

	trial_run(t, 100);
	assert_true(t->down);
	assert_string_equal(t->why, "the multiplexer sends no valid tunnel: a datagram that "
				    "is too long");
	trial_free(t);
}

TEST(a_get_that_is_refused_before_the_tunnel_is_up_ends_the_attempt)
{
	trial *t = trial_new(&(host_script){ 0 });

	trial_hint(t, CARRIER_PLAIN, "");
	trial_begin(t);
	assert_false(trial_run_until_settled(t));
	assert_int_equal(trial_count(t, "/down\n"), 2); /* of both attempts */
	trial_free(t);
}

RUN(T(a_tunnel_whose_answers_are_kept_back_is_up_after_a_second_and_a_half),
    T(answers_that_are_kept_back_later_are_asked_to_end_soon_too),
    T(once_the_tunnel_is_up_no_other_attempt_begins),
    T(a_connection_that_is_refused_is_the_attempts_error), T(a_100_is_no_answer),
    T(a_connection_that_is_closed_unused_is_replaced_after_a_while),
    T(datagrams_outlive_the_connection_they_were_for),
    T(each_half_of_a_later_attempt_is_known_by_its_number),
    T(posts_have_a_pace_where_answers_are_kept_back), T(an_answer_that_goes_on_is_not_kept_back),
    T(an_answer_that_is_no_http_ends_the_attempt),
    T(a_get_whose_connection_is_closed_unanswered_ends_the_attempt),
    T(a_connection_that_cannot_be_begun_is_the_attempts_error), T(a_get_that_ends_is_repeated),
    T(a_datagram_that_comes_with_the_head_comes_after_the_tunnel_is_up),
    T(a_lost_connection_is_replaced_and_the_tunnel_stays), T(a_body_that_is_no_tunnel_ends_it),
    T(a_get_that_is_refused_before_the_tunnel_is_up_ends_the_attempt))
