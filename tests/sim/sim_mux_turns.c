/* SPDX-License-Identifier: MIT */
/* Connections that say as much as they can, in the smallest pieces: in one turn little is done for them, and little is
 * written to them; then the others have theirs. Nothing of it is lost. */
#include "muxworld_session.h"

enum {
	PIECE = 64 * 1024, /* what a stream hands over at once */
	TURN_HEADS = 512,
	TURN_REQUESTS = 40, /* and what is answered of them in a turn */
	ANSWER_MAX = 400,
	PONG = 2,
};

static const uint8_t ping[] = { 0x89, 0x80, 1, 2, 3, 4 };
static const char get[] = "GET / HTTP/1.1\r\nHost:a\r\n\r\n";

/* As many as fit a piece. */
static unsigned say_many(mw_link *l, const void *p, size_t n)
{
	static uint8_t all[PIECE];
	unsigned count = (unsigned)(sizeof all / n);

	for (unsigned i = 0; i < count; i++)
		memcpy(all + (size_t)i * n, p, n);
	mw_say(l, all, (size_t)count * n);
	return count;
}

static unsigned milliseconds_until_read(mw_link *l)
{
	unsigned ms = 0;

	for (; l->conn && l->paused; ms++)
		mw_pass(l->w, 1);
	return ms;
}

/* --- control frames --- */

TEST(however_many_pings_come_one_pong_is_written_in_a_turn)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));

	mw_forget(l);
	unsigned pings = say_many(l, ping, sizeof ping);
	assert_int_equal(l->writes, 1);
	assert_int_equal(l->out_n, PONG);
	assert_true(l->paused);
	unsigned turns = 1 + milliseconds_until_read(l);
	assert_int_equal(turns, (pings + TURN_HEADS - 1) / TURN_HEADS);
	assert_int_equal(l->writes, turns);
	assert_non_null(l->conn);
	mw_free(w);
}

TEST(the_pong_answers_the_last_ping_and_waits_for_a_slow_reader)
{
	static const uint8_t a[] = { 0x89, 0x81, 0, 0, 0, 0, 'a' },
			     b[] = { 0x89, 0x81, 0, 0, 0, 0, 'b' };
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));

	mw_forget(l);
	l->room = 0;
	for (unsigned i = 0; i < 100; i++)
		mw_say(l, a, sizeof a);
	mw_say(l, b, sizeof b);
	assert_int_equal(l->out_n, 0);
	mw_datagrams(&w->sockets[0], 1, 100);
	mw_take(l, SIZE_MAX);
	assert_memory_equal(l->out,
			    "\x8a\x01"
			    "b",
			    3);
	assert_int_equal(mw_unframe(FRAMING_WEBSOCKET, l->out, l->out_n), 1);
	mw_say(l, a, sizeof a);
	assert_memory_equal(l->out + l->out_n - 3,
			    "\x8a\x01"
			    "a",
			    3);
	mw_free(w);
}

TEST(a_pong_goes_out_before_the_close_behind_it)
{
	static const uint8_t both[] = {
		0x89, 0x80, 1, 2, 3, 4, 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8
	};
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_websocket(w, mw_client(1));

	mw_forget(l);
	mw_say(l, both, sizeof both);
	assert_memory_equal(l->out, "\x8a\x00\x88\x02\x03\xe8", 6);
	assert_true(l->finished);
	mw_free(w);
}

TEST(empty_frames_of_every_kind_have_their_turns)
{
	static const uint8_t pong[] = { 0x8a, 0x80, 0, 0, 0, 0 }, capsule[] = { 0x21, 0 },
			     fragment[] = { 0x00, 0x80, 0, 0, 0, 0 },
			     begin[] = { 0x02, 0x80, 0, 0, 0, 0 };
	muxworld *w = mw_new(NULL);
	mw_link *ws = mw_websocket(w, mw_client(1)), *fragments = mw_websocket(w, mw_client(1)),
		*udp = mw_connect_udp(w, mw_client(1));

	mw_say(fragments, begin, sizeof begin);
	say_many(ws, pong, sizeof pong);
	say_many(fragments, fragment, sizeof fragment);
	unsigned capsules = say_many(udp, capsule, sizeof capsule);
	assert_true(ws->paused && fragments->paused && udp->paused);
	assert_int_equal(1 + milliseconds_until_read(udp), capsules / TURN_HEADS);
	assert_false(ws->paused || fragments->paused); /* they had theirs at the same time */
	assert_true(ws->conn && fragments->conn && udp->conn);
	mw_free(w);
}

/* --- requests --- */

TEST(pipelined_requests_are_answered_a_few_in_a_turn)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	unsigned n = say_many(l, get, sizeof get - 1);
	assert_in_range(l->writes, 1, TURN_REQUESTS);
	assert_true(l->out_n <= TURN_REQUESTS * ANSWER_MAX);
	assert_in_range(1 + milliseconds_until_read(l), n / TURN_REQUESTS, n);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), n);
	assert_int_equal(mux_core_counts(w->core).malformed, 0);
	mw_free(w);
}

TEST(requests_are_not_read_while_their_answers_wait)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	l->room = 1000;
	unsigned n = say_many(l, get, sizeof get - 1);
	mw_pass(w, 5000);
	unsigned answered = mw_count(l, "HTTP/1.1 404 ");
	assert_in_range(answered, 4, 4 + 256 / (sizeof get - 1) + 1);
	assert_true(l->paused && answered < n);
	mw_take(l, SIZE_MAX);
	milliseconds_until_read(l);
	assert_int_equal(mw_count(l, "HTTP/1.1 404 "), n);
	mw_free(w);
}

TEST(chunks_of_an_octet_have_their_turns)
{
	static const char up[] = "POST /homeward/home/" MW_SESSION
				 "/up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	mw_say_text(l, up);
	unsigned chunks = say_many(l, "1\r\n\0\r\n", 6);
	assert_true(l->paused);
	assert_in_range(1 + milliseconds_until_read(l), chunks / (TURN_HEADS + 512), chunks / 128);
	mw_say_text(l, "0\r\n\r\n");
	mw_expect(l, "HTTP/1.1 204 ");
	mw_free(w);
}

TEST(fillers_of_a_body_have_their_turns)
{
	muxworld *w = mw_new(NULL);
	mw_link *l = ask(w, UP("65536"));

	say_many(l, "\0\0", 2);
	assert_true(l->paused);
	assert_in_range(1 + milliseconds_until_read(l), 16, 64);
	mw_expect(l, "HTTP/1.1 204 ");
	mw_free(w);
}

/* --- the others --- */

TEST(datagrams_behind_a_turn_are_not_lost_and_stay_in_order)
{
	static uint8_t all[2 * PIECE];
	size_t n = 0;
	uint8_t esp[40];
	muxworld *w = mw_new(NULL);
	mw_link *l = mw_connect_udp(w, mw_client(1));

	memset(esp, 0x5a, sizeof esp);
	n = mw_frame_of(FRAMING_CAPSULE, esp, sizeof esp, all);
	mw_say(l, all, n);
	mw_datagrams(&w->sockets[0], 1, 100);
	n = 0;
	for (uint32_t i = 0; i < 1500; i++) {
		store_be32(esp + 4, i);
		n += mw_frame_of(FRAMING_CAPSULE, esp, sizeof esp, all + n);
	}
	mw_say(l, all, n);
	assert_int_equal(w->sockets[0].sent, 1 + TURN_HEADS);
	milliseconds_until_read(l);
	assert_int_equal(w->sockets[0].sent, 1 + 1500);
	assert_int_equal(load_be32(w->sockets[0].last + 4), 1499);
	assert_in_range(w->sockets[0].batches, 3, 6);
	mw_free(w);
}

TEST(a_connection_that_ends_while_it_has_octets_to_be_read_leaves_nothing)
{
	muxworld *w = mw_new(NULL);
	mw_link *a = mw_websocket(w, mw_client(1)), *b = mw_websocket(w, mw_client(1)),
		*c = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	say_many(a, ping, sizeof ping);
	say_many(b, ping, sizeof ping);
	say_many(c, get, sizeof get - 1);
	assert_true(mux_core_counts(w->core).memory > 2 * PIECE);
	mw_hang_up(b);
	mw_pass(w, 1);
	mw_hang_up(a);
	mw_hang_up(c);
	mw_pass(w, 10);
	assert_int_equal(mux_core_counts(w->core).memory, 0);
	mw_free(w);
}

RUN(T(however_many_pings_come_one_pong_is_written_in_a_turn),
    T(the_pong_answers_the_last_ping_and_waits_for_a_slow_reader),
    T(a_pong_goes_out_before_the_close_behind_it), T(empty_frames_of_every_kind_have_their_turns),
    T(pipelined_requests_are_answered_a_few_in_a_turn),
    T(requests_are_not_read_while_their_answers_wait), T(chunks_of_an_octet_have_their_turns),
    T(fillers_of_a_body_have_their_turns),
    T(datagrams_behind_a_turn_are_not_lost_and_stay_in_order),
    T(a_connection_that_ends_while_it_has_octets_to_be_read_leaves_nothing))
