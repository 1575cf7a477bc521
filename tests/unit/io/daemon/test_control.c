/* SPDX-License-Identifier: MIT */
#include "control_kit.h"
#include <poll.h>

typedef struct reading {
	scene *s;
	int fd;
	io_watch *w;
	size_t n;
	bool closed;
	char *text;
	size_t lines, want_lines;
} reading;

static void on_text(void *ctx)
{
	reading *r = ctx;
	char buf[65536];
	ssize_t n = recv(r->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	r->closed = n <= 0;
	for (ssize_t i = 0; i < n; i++)
		r->lines += buf[i] == '\n';
	if (n > 0 && r->n < 4096)
		memcpy(r->text + r->n, buf, (size_t)n < 4096 - r->n ? (size_t)n : 4096 - r->n);
	r->n += n > 0 ? (size_t)n : 0;
	if (r->closed || (r->want_lines && r->lines >= r->want_lines)) {
		io_watch_pause(r->w, true);
		io_loop_stop(r->s->l);
	}
}

/* Runs the loop until the connection is closed, or so many lines came. */
static void read_until(reading *r, size_t lines)
{
	r->want_lines = lines;
	io_watch_pause(r->w, false);
	io_loop_run(r->s->l);
}

static void reader(reading *r, scene *s)
{
	*r = (reading){ .s = s, .fd = connect_to(s), .text = calloc(1, 4097) };
	r->w = io_watch_new(s->l, r->fd, on_text, r, &s->e);
	assert_non_null(r->w);
}

static void reader_free(reading *r)
{
	io_watch_free(r->w);
	close(r->fd);
	free(r->text);
}

static void say(const reading *r, const char *text)
{
	assert_int_equal(send(r->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

TEST(request_and_reply_make_a_round_trip)
{
	scene s;
	err e;

	set_up(&s);
	json_t *r = ask(&s, "echo", json_pack("{s:s}", "text", "h\xc3\xa4llo\nworld"), &e);
	assert_string_equal(text_of(r, "text"), "h\xc3\xa4llo\nworld");
	json_decref(r);
	r = ask(&s, "at once", NULL, &e);
	assert_string_equal(text_of(r, "said"), "at once");
	json_decref(r);
	tear_down(&s);
}

TEST(reply_may_come_later)
{
	scene s;
	err e;

	set_up(&s);
	json_t *r = ask(&s, "wait", NULL, &e);
	assert_string_equal(text_of(r, "said"), "later");
	assert_null(s.kept);
	json_decref(r);
	tear_down(&s);
}

TEST(error_reply_becomes_an_error)
{
	scene s;
	err e;

	set_up(&s);
	assert_null(ask(&s, "fail", NULL, &e));
	assert_int_equal(e.kind, ERR_PEER);
	assert_string_equal(e.text, "that can't be done");
	tear_down(&s);
}

TEST(command_that_is_not_in_the_table_is_refused)
{
	scene s;
	err e;

	set_up(&s);
	assert_null(ask(&s, "echoes", NULL, &e));
	assert_string_equal(e.text, "unknown command 'echoes'");
	assert_int_equal(s.asked, 0);
	tear_down(&s);
}

TEST(caller_that_gave_up_is_answered_into_the_void)
{
	scene s;
	err e;
	reading r;

	set_up(&s);
	reader(&r, &s);
	say(&r, "{\"command\":\"wait\"}\n");
	reader_free(&r);
	json_t *ok = ask(&s, "echo", NULL, &e); /* meanwhile others are served */
	json_decref(ok);
	assert_int_equal(s.asked, 2);
	while (s.kept)
		json_decref(ask(&s, "at once", NULL, &e));
	tear_down(&s);
}

TEST(several_requests_on_one_connection_are_answered_in_turn)
{
	scene s;
	reading r;

	set_up(&s);
	reader(&r, &s);
	say(&r, "{\"command\":\"echo\",\"text\":1}\n{\"command\":\"wait\"}\n{\"command\":\"echo\","
		"\"text\":3}\n{\"com");
	read_until(&r, 3);
	say(&r, "mand\":\"echo\",\"text\":4}\n");
	read_until(&r, 4);
	assert_string_equal(r.text,
			    "{\"text\":1}\n{\"said\":\"later\"}\n{\"text\":3}\n{\"text\":4}\n");
	reader_free(&r);
	tear_down(&s);
}

TEST(nonsense_gets_an_error_and_the_connection_stays)
{
	scene s;
	reading r;

	set_up(&s);
	reader(&r, &s);
	say(&r, "hello\n\n[1]\n{\"command\":7}\n{\"command\":\"echo\",\"text\":5}\n");
	read_until(&r, 5);
	assert_int_equal(s.asked, 1);
	assert_non_null(strstr(r.text, "error"));
	assert_non_null(strstr(r.text, "{\"text\":5}\n"));
	reader_free(&r);
	tear_down(&s);
}

TEST(request_that_is_too_long_is_refused_and_hung_up_on)
{
	scene s;
	reading r;
	char *big = malloc(CONTROL_REQUEST_MAX + 1);

	set_up(&s);
	reader(&r, &s);
	memset(big, 'x', CONTROL_REQUEST_MAX);
	big[CONTROL_REQUEST_MAX] = '\0';
	say(&r, big);
	read_until(&r, 0);
	assert_true(r.closed);
	assert_string_equal(r.text, "{\"error\":\"the request is too long\"}\n");
	assert_int_equal(s.asked, 0);
	reader_free(&r);
	free(big);
	tear_down(&s);
}

TEST(request_of_the_greatest_length_is_served)
{
	scene s;
	err e;
	size_t n = CONTROL_REQUEST_MAX - strlen("{\"text\":\"\",\"command\":\"echo\"}\n");

	set_up(&s);
	json_t *r = ask(&s, "echo", long_reply(n), &e);
	assert_int_equal(strlen(text_of(r, "text")), n);
	json_decref(r);
	assert_null(ask(&s, "echo", long_reply(n + 1), &e));
	assert_non_null(strstr(e.text, "too long"));
	tear_down(&s);
}

TEST(reply_of_many_megabytes_arrives_whole_and_a_longer_one_is_refused)
{
	scene s;
	err e;

	set_up(&s);
	s.reply_len = CONTROL_REPLY_MAX - 20;
	json_t *r = ask(&s, "long", NULL, &e);
	assert_int_equal(strlen(text_of(r, "text")), s.reply_len);
	json_decref(r);
	s.reply_len = CONTROL_REPLY_MAX;
	assert_null(ask(&s, "long", NULL, &e));
	assert_string_equal(e.text, "the answer is too long");
	tear_down(&s);
}

TEST(slow_reader_holds_nobody_up)
{
	scene s;
	err e;
	reading r;

	set_up(&s);
	s.reply_len = 4000000;
	reader(&r, &s);
	io_watch_pause(r.w, true); /* reads nothing */
	say(&r, "{\"command\":\"long\"}\n");
	for (int i = 0; i < 3; i++) {
		json_t *quick = ask(&s, "echo", json_pack("{s:i}", "text", i), &e);
		assert_non_null(quick);
		json_decref(quick);
	}
	assert_int_equal(s.asked, 4);
	read_until(&r, 1); /* now it does */
	assert_true(r.n > s.reply_len);
	reader_free(&r);
	tear_down(&s);
}

TEST(caller_beyond_the_greatest_number_is_turned_away)
{
	scene s;
	err e;
	reading r[CONTROL_CALLERS];

	set_up(&s);
	for (unsigned i = 0; i < CONTROL_CALLERS; i++) {
		reader(&r[i], &s);
		say(&r[i], "{\"command\":\"echo\"}\n");
		read_until(&r[i], 1);
	}
	assert_null(ask(&s, "echo", NULL, &e));
	assert_non_null(strstr(e.text, "too many callers"));
	reader_free(&r[0]);
	json_t *ok = NULL;
	while (!ok) /* it takes the daemon a moment to see who left */
		ok = ask(&s, "at once", NULL, &e);
	json_decref(ok);
	for (unsigned i = 1; i < CONTROL_CALLERS; i++)
		reader_free(&r[i]);
	tear_down(&s);
}

/* The only test here that takes its time: CONTROL_IDLE_MS. */
TEST(idle_caller_and_one_that_takes_nothing_are_dropped)
{
	scene s;
	reading idle, stuck;

	set_up(&s);
	s.reply_len = 4000000;
	reader(&stuck, &s);
	io_watch_pause(stuck.w, true);
	say(&stuck, "{\"command\":\"long\"}\n");
	reader(&idle, &s);
	uint64_t begin = clock_mono_ms(); /* its time begins with the answer */
	say(&idle, "{\"command\":\"echo\"}\n");
	read_until(&idle, 1); /* the other's answer is being sent: its time began before */
	assert_int_equal(s.asked, 2);
	read_until(&idle, 0);
	assert_true(idle.closed);
	uint64_t took = clock_mono_ms() - begin;
	assert_true(took >= CONTROL_IDLE_MS);
	read_until(&stuck, 0);
	assert_true(stuck.closed && stuck.n < s.reply_len);
	reader_free(&idle);
	reader_free(&stuck);
	tear_down(&s);
}

TEST(closing_drops_who_waits)
{
	scene s;
	reading r;

	set_up(&s);
	io_timer_free(s.later);
	s.later = NULL;
	reader(&r, &s);
	say(&r, "{\"command\":\"wait\"}\n");
	reading other;
	reader(&other, &s);
	say(&other, "{\"command\":\"echo\"}\n");
	read_until(&other, 1);
	assert_non_null(s.kept);
	reader_free(&other);
	reader_free(&r);
	tear_down(&s);
}

TEST(daemon_that_does_not_answer_is_not_waited_for_beyond_the_time)
{
	scene s;
	err e;

	set_up(&s); /* its loop does not run */
	uint64_t begin = clock_mono_ms();
	assert_null(control_call(s.path, "echo", NULL, 50, &e));
	uint64_t took = clock_mono_ms() - begin;
	assert_true(took >= 50);
	assert_int_equal(e.kind, ERR_PEER);
	assert_non_null(strstr(e.text, "in time"));
	tear_down(&s);
}

RUN(T(request_and_reply_make_a_round_trip), T(reply_may_come_later),
    T(error_reply_becomes_an_error), T(command_that_is_not_in_the_table_is_refused),
    T(caller_that_gave_up_is_answered_into_the_void),
    T(several_requests_on_one_connection_are_answered_in_turn),
    T(nonsense_gets_an_error_and_the_connection_stays),
    T(request_that_is_too_long_is_refused_and_hung_up_on),
    T(request_of_the_greatest_length_is_served),
    T(reply_of_many_megabytes_arrives_whole_and_a_longer_one_is_refused),
    T(slow_reader_holds_nobody_up), T(caller_beyond_the_greatest_number_is_turned_away),
    T(idle_caller_and_one_that_takes_nothing_are_dropped), T(closing_drops_who_waits),
    T(daemon_that_does_not_answer_is_not_waited_for_beyond_the_time))
