/* SPDX-License-Identifier: MIT */
/* sim_carrier_plain.c - tunnels of plain requests: their two connections, how many requests are under way on
 * them, and what becomes of those that fail. */
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

/* ---- POSTs ---- */

/* One flush after the other, without waiting for answers. */
static void send_in_batches(trial *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		trial_send(t, i, 1, 100);
}

TEST(four_posts_at_most_are_unanswered)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	unsigned before = t->posts;
	send_in_batches(t, 10);
	trial_run(t, TRIAL_LATENCY_MS);
	assert_int_equal(t->posts - before, PIPELINE);
	trial_run(t, RTT_MS);
	assert_int_equal(t->posts - before, PIPELINE + 1); /* the rest waited, and went as one */
	trial_run(t, 100);
	assert_int_equal(t->got, 10);
	trial_free(t);
}

TEST(a_connection_that_is_not_kept_takes_one_post)
{
	trial *t = up_by(&(host_script){ .plain = true, .close_posts = true });

	trial_run(t, 100);
	unsigned before = t->posts;
	send_in_batches(t, 10);
	trial_run(t, TRIAL_LATENCY_MS);
	assert_int_equal(t->posts - before, 1);
	trial_run(t, 200);
	assert_int_equal(t->posts - before, 2);
	assert_int_equal(t->got, 10);
	trial_free(t);
}

/* The first one is a filler. */
TEST(a_proxy_that_loses_later_posts_gets_one_a_connection)
{
	trial *t = up_by(&(host_script){ .plain = true, .lose_posts = true });

	trial_run(t, 100);
	trial_send(t, 0, 1, 100); /* heard, but not answered */
	trial_run(t, ANSWER_MS - 1);
	unsigned opened = t->opened;
	trial_run(t, 1 + RTT_MS);
	assert_int_equal(t->opened, opened + 1);
	for (unsigned i = 0; i < 5; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 100);
	}
	assert_int_equal(t->opened, opened + 6);
	assert_int_equal(t->heard, 6);
	assert_false(t->down);
	trial_free(t);
}

TEST(a_multiplexer_that_is_overloaded_gets_posts_at_a_pace)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	t->hosts[1].post_status = 503;
	trial_send(t, 0, 1, 100);
	trial_run(t, 100);
	t->hosts[1].post_status = 0;
	trial_run(t, BACKOFF_MS + 3 * RTT_MS);
	unsigned before = t->posts;
	for (unsigned i = 0; i < 300; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 1);
	}
	assert_in_range(t->posts - before, 300 / PACE_MS - 1, 300 / PACE_MS + 1);
	for (unsigned i = before + 1; i < t->posts; i++)
		assert_true(t->post_ms[i] - t->post_ms[i - 1] >= PACE_MS);
	trial_free(t);
}

/* 250 ms, and each time twice as long; the sixth failure is the last. */
TEST(posts_that_fail_are_tried_again_five_times_ever_later)
{
	static const uint64_t waits[] = { 250, 500, 1000, 2000, 4000 };
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	t->hosts[1].post_status = 500;
	trial_send(t, 0, 1, 100);
	unsigned opened = t->opened;
	trial_run(t, RTT_MS);
	for (unsigned i = 0; i < COUNT(waits); i++) {
		trial_run(t, waits[i] - 1);
		assert_int_equal(t->opened, opened + i);
		trial_run(t, 1 + RTT_MS);
		assert_int_equal(t->opened, opened + i + 1);
		assert_false(t->down);
		trial_send(t, i + 1, 1, 100);
		trial_run(t, RTT_MS);
	}
	assert_true(t->down);
	assert_string_equal(t->why, "the multiplexer's answer is 500 x");
	trial_free(t);
}

TEST(an_answer_ends_the_row_of_failures)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	for (unsigned i = 0; i < 14; i++) {
		t->hosts[1].post_status = i % 2 ? 0 : 500;
		trial_send(t, i, 1, 100);
		trial_run(t, 1000);
	}
	assert_false(t->down);
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

/* Data that waits goes as one POST of up to 60 KiB. */
TEST(a_post_takes_what_there_is)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	unsigned before = t->posts;
	trial_send(t, 0, 40, 1400);
	trial_run(t, 100);
	assert_int_equal(t->posts - before, 1);
	assert_int_equal(t->got, 40);
	before = t->posts;
	trial_send(t, 40, 45, 1400);
	trial_run(t, 100);
	assert_int_equal(t->posts - before, 2);
	assert_int_equal(t->got, 85);
	assert_true(t->in_order);
	trial_free(t);
}

RUN(T(a_tunnel_whose_answers_are_kept_back_is_up_after_a_second_and_a_half),
    T(answers_that_are_kept_back_later_are_asked_to_end_soon_too),
    T(once_the_tunnel_is_up_no_other_attempt_begins),
    T(a_connection_that_is_refused_is_the_attempts_error), T(a_100_is_no_answer),
    T(four_posts_at_most_are_unanswered), T(a_connection_that_is_not_kept_takes_one_post),
    T(a_proxy_that_loses_later_posts_gets_one_a_connection),
    T(a_multiplexer_that_is_overloaded_gets_posts_at_a_pace),
    T(posts_that_fail_are_tried_again_five_times_ever_later), T(an_answer_ends_the_row_of_failures),
    T(a_get_that_ends_is_repeated),
    T(a_datagram_that_comes_with_the_head_comes_after_the_tunnel_is_up),
    T(a_lost_connection_is_replaced_and_the_tunnel_stays), T(a_body_that_is_no_tunnel_ends_it),
    T(a_get_that_is_refused_before_the_tunnel_is_up_ends_the_attempt),
    T(a_post_takes_what_there_is))
