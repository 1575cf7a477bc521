/* SPDX-License-Identifier: MIT */
/* sim_carrier_tunnel.c - a tunnel that is up: datagrams both ways, a slow connection, its loss and its end. */
#include "carrier_trial.h"
#include <stdlib.h>

static const host_script mux = { .connect_udp = true }, websocket = { .websocket = true };

static trial *up_by(const host_script *s)
{
	trial *t = trial_new(s);

	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	return t;
}

/* ---- datagrams ---- */

TEST(datagrams_of_every_length_go_both_ways)
{
	static const host_script *const kinds[] = { &mux, &websocket };

	for (unsigned k = 0; k < COUNT(kinds); k++) {
		trial *t = up_by(kinds[k]);
		for (unsigned n = 4; n <= FRAMING_DATAGRAM_MAX; n++) {
			trial_send(t, n - 4, 1, n);
			trial_run(t, 1);
		}
		trial_run(t, 100);
		assert_int_equal(t->got, FRAMING_DATAGRAM_MAX - 3);
		assert_true(t->in_order);
		assert_int_equal(carrier_core_dropped(t->core), 0);
		trial_free(t);
	}
}

TEST(what_is_no_datagram_is_dropped_and_counted)
{
	trial *t = up_by(&mux);
	uint8_t p[FRAMING_DATAGRAM_MAX + 1] = { 0 };

	carrier_core_send(t->core, t->now_ms, 0, p, 0);
	carrier_core_send(t->core, t->now_ms, 0, p, sizeof p);
	assert_int_equal(carrier_core_dropped(t->core), 2);
	trial_free(t);
}

TEST(nothing_is_written_before_the_flush_until_the_buffer_is_full)
{
	trial *t = up_by(&mux);

	for (unsigned i = 0; i < 11; i++)
		trial_send_one(t, 1, i, 1400); /* 15.4 of 16 KiB */
	trial_run(t, 100);
	assert_int_equal(t->heard, 0);
	trial_send_one(t, 1, 11, 1400);
	trial_run(t, 100);
	assert_int_equal(t->heard, 11);
	carrier_core_flush(t->core, t->now_ms);
	trial_run(t, 100);
	assert_int_equal(t->got, 12);
	assert_true(t->in_order);
	trial_free(t);
}

/* Whoever takes datagrams keeps them until it ends. */
TEST(a_reading_is_a_batch_and_so_is_a_datagram_that_came_in_pieces)
{
	/* Three capsules with datagrams number 0, 1 and 2. */
	uint8_t octets[] = {
		0, 6, 0, 0, 0, 0, 0, 4, 0, 6, 0, 1, 0, 0, 0, 5, 0, 6, 0, 2, 0, 0, 0, 6
	};
	uint8_t first[13], rest[11];
	trial *t = up_by(&mux);

	memcpy(first, octets, sizeof first);
	memcpy(rest, octets + sizeof first, sizeof rest);
	carrier_core_octets(t->core, t->now_ms, 0, octets, sizeof octets);
	assert_int_equal(t->got, 3);
	assert_int_equal(t->batches, 1);
	carrier_core_octets(t->core, t->now_ms, 0, first, sizeof first);
	assert_int_equal(t->batches, 2);
	carrier_core_octets(t->core, t->now_ms, 0, rest, sizeof rest);
	assert_int_equal(t->got, 6);
	assert_int_equal(t->batches, 4); /* number 1 lay elsewhere */
	trial_free(t);
}

/* Wherever the shell's buffer lies, below what the framing allocates or above. */
TEST(a_datagram_that_came_in_pieces_ends_a_batch_in_any_buffer)
{
	static uint8_t low[2][13];
	static const uint8_t octets[] = { 0, 6, 0, 0, 0, 0, 0, 4, 0, 6, 0, 1,
					  0, 0, 0, 5, 0, 6, 0, 2, 0, 0, 0, 6 };
	uint8_t *high[2] = { malloc(1 << 20), malloc(1 << 20) };

	for (int k = 0; k < 2; k++) {
		uint8_t *first = k ? high[0] : low[0], *rest = k ? high[1] : low[1];
		trial *t = up_by(&mux);
		memcpy(first, octets, 13);
		memcpy(rest, octets + 13, 11);
		carrier_core_octets(t->core, t->now_ms, 0, first, 13);
		carrier_core_octets(t->core, t->now_ms, 0, rest, 11);
		assert_int_equal(t->got, 3);
		assert_int_equal(t->batches, 3);
		trial_free(t);
	}
	free(high[0]);
	free(high[1]);
}

/* Its head came before. */
TEST(a_datagram_at_the_beginning_of_a_reading_is_in_its_batch)
{
	uint8_t head[] = { 0, 5, 0 }, rest[] = { 0, 0, 0, 0, 0, 5, 0, 1, 0, 0, 0 };
	trial *t = up_by(&mux);

	carrier_core_octets(t->core, t->now_ms, 0, head, sizeof head);
	carrier_core_octets(t->core, t->now_ms, 0, rest, sizeof rest);
	assert_int_equal(t->got, 2);
	assert_int_equal(t->batches, 1);
	trial_free(t);
}

TEST(octets_that_follow_the_answer_are_the_tunnels)
{
	static const char answer[] = "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\n"
				     "Upgrade: connect-udp\r\n\r\n\0\5\0\0\0\0\0";
	uint8_t copy[sizeof answer - 1];
	trial *t = trial_new(&(host_script){ .silent = true });

	trial_begin(t);
	trial_run(t, 100);
	memcpy(copy, answer, sizeof copy);
	carrier_core_octets(t->core, t->now_ms, 0, copy, sizeof copy);
	assert_true(t->up);
	assert_int_equal(t->got, 1);
	assert_int_equal(t->batches, 1);
	trial_free(t);
}

/* ---- a slow connection ---- */

enum { RATE = 100, BULK = 600, KEYSTROKE = 1u << 30 };

static trial *slow(void)
{
	trial *t = trial_new(&mux);

	t->hosts[1].rate = RATE; /* 14 ms a datagram of 1400 */
	trial_begin(t);
	assert_true(trial_run_until_settled(t));
	trial_run(t, 1000);
	return t;
}

TEST(what_a_slow_connection_does_not_take_waits_in_order)
{
	trial *t = slow();

	for (unsigned i = 0; i < 25; i++)
		trial_send_one(t, 1, i, 1400);
	carrier_core_flush(t->core, t->now_ms);
	assert_int_equal(carrier_core_dropped(t->core), 0);
	trial_run(t, 3000);
	assert_int_equal(t->got + carrier_core_dropped(t->core), 25);
	assert_in_range(t->got, 20, 25); /* the queue is short by time */
	trial_free(t);
}

TEST(a_keystroke_overtakes_a_bulk_transfer)
{
	trial *t = slow();

	t->awaited = KEYSTROKE;
	for (unsigned i = 0; i < BULK; i++)
		trial_send_one(t, 1, i, 1400);
	trial_send_one(t, 2, KEYSTROKE, 80);
	carrier_core_flush(t->core, t->now_ms);
	trial_run(t, 1000);
	assert_in_range(t->awaited_at, 1, 2 * 16 * 1024 / 1400); /* what the connection had taken */
	trial_free(t);
}

TEST(datagrams_that_waited_too_long_are_dropped)
{
	trial *t = slow();

	for (unsigned i = 0; i < BULK; i++)
		trial_send_one(t, 1, i, 1400);
	carrier_core_flush(t->core, t->now_ms);
	trial_run(t, 20000);
	assert_true(carrier_core_dropped(t->core) > BULK / 2);
	assert_int_equal(t->heard + carrier_core_dropped(t->core), BULK);
	assert_false(t->down);
	trial_free(t);
}

/* The connection takes more already, but the shell has not said so yet. */
TEST(nothing_overtakes_what_waits)
{
	trial *t = slow();

	trial_send(t, 0, 1, 1400);
	trial_send(t, 1, 1, 1400);
	trial_send(t, 2, 1, 1400);
	trial_run(t, 11);
	trial_send(t, 3, 1, 1400);
	trial_run(t, 1000);
	assert_int_equal(t->got, 4);
	assert_true(t->in_order);
	trial_free(t);
}

TEST(four_thousand_datagrams_have_room_to_wait)
{
	trial *t = slow();

	trial_send(t, 0, 1, 1400);
	for (uint32_t i = 0; i < 4096; i++)
		trial_send_one(t, i, i, 20);
	assert_int_equal(carrier_core_dropped(t->core), 0);
	trial_send_one(t, 1, 1, 20);
	assert_int_equal(carrier_core_dropped(t->core), 1);
	trial_free(t);
}

TEST(how_long_datagrams_wait_is_noted)
{
	trial *t = slow();

	trial_send(t, 0, 5, 100);
	trial_run(t, 1000);
	assert_int_equal(t->wait_ms, 0);
	for (unsigned i = 0; i < 60; i++)
		trial_send_one(t, 1, i, 1400);
	carrier_core_flush(t->core, t->now_ms);
	trial_run(t, 2000);
	assert_in_range(t->wait_ms, 100, 500);
	trial_free(t);
}

/* ---- the end ---- */

TEST(a_lost_connection_is_reported_once)
{
	trial *t = up_by(&mux);

	trial_hang_up(t);
	trial_run(t, 100);
	assert_true(t->down);
	assert_string_equal(t->why, "the connection to the multiplexer is lost: cut off");
	assert_false(carrier_core_is_up(t->core));
	trial_send(t, 0, 3, 100);
	assert_int_equal(carrier_core_dropped(t->core), 3);
	trial_run(t, 60000);
	trial_free(t);
}

TEST(a_tunnel_lives_as_long_as_its_connection)
{
	trial *t = up_by(&mux);

	assert_true(carrier_core_next_timer_ms(t->core) == UINT64_MAX);
	trial_run(t, 1000000);
	assert_false(t->down);
	trial_free(t);
}

static void feed(trial *t, const char *octets, size_t n)
{
	uint8_t copy[64];

	memcpy(copy, octets, n);
	carrier_core_octets(t->core, t->now_ms, 0, copy, n);
}

TEST(a_ping_is_answered_and_a_close_ends_the_tunnel)
{
	trial *t = up_by(&websocket);

	feed(t, "\x89\2hi", 4);
	assert_int_equal(t->goodbye_n, 2 + 4 + 2);
	assert_int_equal(t->goodbye[0], 0x8a); /* a pong */
	feed(t, "\x88\2\3\350", 4);
	assert_int_equal(t->goodbye[0], 0x88);
	assert_true(t->down);
	assert_string_equal(t->why, "the multiplexer closed the tunnel");
	trial_free(t);
}

/* Two pongs of 128 octets; a third finds no room until these are written. */
TEST(a_peer_that_asks_for_more_pongs_than_it_reads_gets_what_fits)
{
	uint8_t pings[3 * 124] = { 0 };
	trial *t = up_by(&websocket);

	for (int i = 0; i < 3; i++) {
		pings[124 * i] = 0x89;
		pings[124 * i + 1] = 122;
	}
	carrier_core_octets(t->core, t->now_ms, 0, pings, sizeof pings);
	assert_int_equal(t->goodbye_n, 2 * (2 + 4 + 122));
	assert_int_equal(t->goodbye[128], 0x8a);
	trial_free(t);
}

TEST(what_is_against_the_protocol_ends_the_tunnel)
{
	trial *t = up_by(&websocket);

	feed(t, "\xff\xff", 2);
	assert_true(t->down);
	assert_memory_equal(t->why, "the multiplexer sends no valid tunnel: ", 39);
	trial_free(t);
}

TEST(a_carrier_that_is_closed_says_goodbye)
{
	trial *t = up_by(&websocket);

	carrier_core_free(t->core);
	t->core = NULL;
	assert_int_equal(t->goodbye_n, 2 + 4 + 2);
	assert_int_equal(t->goodbye[0], 0x88);
	assert_int_equal(t->goodbye[6] ^ t->goodbye[2], 1000 >> 8); /* RFC 6455 7.4.1: normal */
	assert_int_equal(t->goodbye[7] ^ t->goodbye[3], 1000 & 0xff);
	assert_int_equal(t->finishes, 1);
	trial_free(t);
	t = up_by(&mux);
	carrier_core_free(t->core);
	t->core = NULL;
	assert_int_equal(t->finishes, 1);
	trial_free(t);
}

/* A connection that takes nothing more is closed without. */
TEST(a_carrier_that_is_down_says_nothing)
{
	trial *t = up_by(&websocket);

	trial_hang_up(t);
	trial_run(t, 100);
	t->goodbye_n = 0;
	carrier_core_free(t->core);
	t->core = NULL;
	assert_int_equal(t->goodbye_n, 0);
	assert_int_equal(t->finishes, 0);
	trial_free(t);
}

RUN(T(datagrams_of_every_length_go_both_ways), T(what_is_no_datagram_is_dropped_and_counted),
    T(nothing_is_written_before_the_flush_until_the_buffer_is_full),
    T(a_reading_is_a_batch_and_so_is_a_datagram_that_came_in_pieces),
    T(a_datagram_that_came_in_pieces_ends_a_batch_in_any_buffer),
    T(a_datagram_at_the_beginning_of_a_reading_is_in_its_batch), T(nothing_overtakes_what_waits),
    T(four_thousand_datagrams_have_room_to_wait),
    T(a_peer_that_asks_for_more_pongs_than_it_reads_gets_what_fits),
    T(octets_that_follow_the_answer_are_the_tunnels),
    T(what_a_slow_connection_does_not_take_waits_in_order),
    T(a_keystroke_overtakes_a_bulk_transfer), T(datagrams_that_waited_too_long_are_dropped),
    T(how_long_datagrams_wait_is_noted), T(a_lost_connection_is_reported_once),
    T(a_tunnel_lives_as_long_as_its_connection), T(a_ping_is_answered_and_a_close_ends_the_tunnel),
    T(what_is_against_the_protocol_ends_the_tunnel), T(a_carrier_that_is_closed_says_goodbye),
    T(a_carrier_that_is_down_says_nothing))
