/* SPDX-License-Identifier: MIT */
/* sim_carrier_post.c - POSTs of a tunnel of plain requests: how many are under way, their pace, and what becomes of
 * those that fail. */
#include "carrier_trial.h"

enum {
	RTT_MS = 2 * TRIAL_LATENCY_MS,
	PIPELINE = 4,
	PACE_MS = 30,
	ANSWER_MS = 6000,
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
	trial *t = up_by(&(host_script){ .plain = true, .lost_post = 2 });

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

TEST(what_the_pace_holds_back_leaves_by_itself)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	t->hosts[1].post_status = 503;
	trial_send(t, 0, 1, 100);
	trial_run(t, 100);
	t->hosts[1].post_status = 0;
	trial_run(t, BACKOFF_MS + 3 * RTT_MS);
	unsigned before = t->posts;
	for (unsigned i = 0; i < 3; i++)
		trial_send(t, i, 1, 100);
	trial_run(t, 1000);
	assert_int_equal(t->posts, before + 2);
	assert_int_equal(t->post_ms[before + 1] - t->post_ms[before], PACE_MS);
	trial_free(t);
}

static unsigned posts_after(unsigned status)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	t->hosts[1].post_status = status;
	trial_send(t, 0, 1, 100);
	trial_run(t, 100);
	t->hosts[1].post_status = 0;
	trial_run(t, BACKOFF_MS + 3 * RTT_MS);
	unsigned before = t->posts;
	for (unsigned i = 0; i < 300; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 1);
	}
	unsigned n = t->posts - before;
	trial_free(t);
	return n;
}

/* RFC 6585 4, RFC 9110 15.6 */
TEST(overload_is_429_and_5xx)
{
	static const unsigned overloaded[] = { 429, 500, 501, 599 };
	static const unsigned others[] = { 300, 403, 404, 407, 428, 430, 499 };

	for (size_t i = 0; i < COUNT(overloaded); i++)
		assert_in_range(posts_after(overloaded[i]), 1, 300 / PACE_MS + 1);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_in_range(posts_after(others[i]), 2 * 300 / PACE_MS, 300);
}

/* Three flushes, of which each is a POST where a connection takes several. */
static unsigned posts_at_once(trial *t)
{
	unsigned before = t->posts;

	send_in_batches(t, 3);
	trial_run(t, TRIAL_LATENCY_MS);
	return t->posts - before;
}

/* Whether it closes the connection or never answers. */
TEST(a_proxy_that_passes_one_post_a_connection_gets_one)
{
	trial *t = up_by(&(host_script){ .plain = true, .cut_post = 2 });

	trial_run(t, 100);
	trial_send(t, 0, 1, 100);
	trial_run(t, 100);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(posts_at_once(t), 1);
		trial_run(t, 300);
	}
	assert_false(t->down);
	assert_int_equal(t->heard, 1 + 3 * 3);
	trial_free(t);
}

static void check_still_several(const host_script *mux, uint64_t wait_ms)
{
	trial *t = up_by(mux);

	trial_run(t, 100);
	for (unsigned i = 0; i < 2; i++) {
		trial_send(t, i, 1, 100);
		trial_run(t, 100);
	}
	t->hosts[1].lost_post = t->hosts[1].cut_post = 0;
	trial_run(t, wait_ms);
	trial_send(t, 2, 1, 100); /* of a new connection the first is alone */
	trial_run(t, 100);
	assert_int_equal(posts_at_once(t), 3);
	trial_free(t);
}

/* Only the second of a connection tells that a proxy passes one. */
TEST(a_connection_that_is_lost_later_or_at_once_says_nothing_about_the_next)
{
	check_still_several(&(host_script){ .plain = true, .cut_post = 3 }, 300);
	check_still_several(&(host_script){ .plain = true, .lost_post = 3 }, ANSWER_MS + 300);
	check_still_several(&(host_script){ .plain = true, .cut_post = 1 }, 1000);
	check_still_several(&(host_script){ .plain = true, .lost_post = 1 }, ANSWER_MS + 300);
}

TEST(a_get_whose_connection_is_lost_says_nothing_about_posts)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	carrier_core_closed(t->core, t->now_ms, 1, NULL);
	trial_run(t, 100);
	assert_int_equal(t->gets, 2);
	assert_int_equal(posts_at_once(t), 3);
	trial_free(t);
}

TEST(a_new_connection_takes_one_post_until_it_is_answered)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	assert_int_equal(posts_at_once(t), 3);
	trial_run(t, 100);
	trial_hang_up(t);
	trial_run(t, TRIAL_LATENCY_MS + RTT_MS);
	assert_int_equal(posts_at_once(t), 1);
	trial_free(t);
}

TEST(posts_that_are_never_answered_are_reported)
{
	trial *t = up_by(&(host_script){ .plain = true });

	trial_run(t, 100);
	trial_hang_up(t);
	t->hosts[1].cut_post = 1;
	for (unsigned i = 0; i < 20 && !t->down; i++) {
		trial_run(t, 5000);
		trial_send(t, i, 1, 100);
	}
	trial_run(t, 100);
	assert_true(t->down);
	assert_string_equal(t->why, "a plain request is not answered: the connection is closed");
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

RUN(T(four_posts_at_most_are_unanswered), T(a_connection_that_is_not_kept_takes_one_post),
    T(a_proxy_that_loses_later_posts_gets_one_a_connection),
    T(a_multiplexer_that_is_overloaded_gets_posts_at_a_pace),
    T(what_the_pace_holds_back_leaves_by_itself), T(overload_is_429_and_5xx),
    T(a_proxy_that_passes_one_post_a_connection_gets_one),
    T(a_connection_that_is_lost_later_or_at_once_says_nothing_about_the_next),
    T(a_get_whose_connection_is_lost_says_nothing_about_posts),
    T(a_new_connection_takes_one_post_until_it_is_answered),
    T(posts_that_are_never_answered_are_reported),
    T(posts_that_fail_are_tried_again_five_times_ever_later), T(an_answer_ends_the_row_of_failures),
    T(a_post_takes_what_there_is))
