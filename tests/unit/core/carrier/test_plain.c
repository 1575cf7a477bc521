/* SPDX-License-Identifier: MIT */
/* What needs other delays than the simulated hosts have; sim_carrier_plain.c has the rest. */
#include "core/carrier/plain.h"
#include "unit.h"

enum { HEAD_MS = 1500, ANSWER_MS = 6000, PACE_MS = 30 };

static unsigned opened, posts, gets;

static bool open_connection(void *ctx, unsigned conn, const carrier_target *t, err *e)
{
	(void)ctx, (void)conn, (void)t, (void)e;
	opened++;
	return true;
}

static void write_octets(void *ctx, unsigned conn, const void *p, size_t n)
{
	(void)ctx, (void)conn, (void)n;
	if (memcmp(p, "POST ", 5) == 0)
		posts++;
	else
		gets++;
}

static bool is_full(void *ctx, unsigned conn)
{
	(void)ctx, (void)conn;
	return false;
}

static void close_connection(void *ctx, unsigned conn)
{
	(void)ctx, (void)conn;
}

static const carrier_env env = { .open = open_connection,
				 .write = write_octets,
				 .is_full = is_full,
				 .close = close_connection };
static const carrier_mux mux = { .host = "mux.test", .port = 80, .target = "home" };
static const carrier_conf conf = { .mux = &mux };

typedef struct plain {
	carrier_route route;
	carrier_tunnel tunnel;
	carrier_plain *p;
} plain;

/* Both connections are open, and both first requests sent, at 10. */
static void begin(plain *x)
{
	opened = posts = gets = 0;
	*x = (plain){ .route = { .conf = &conf, .env = &env } };
	assert_true(carrier_tunnel_open(&x->tunnel, &env, FRAMING_PREFIX));
	x->p = carrier_plain_new(&x->route, &x->tunnel, 0, 1);
	assert_non_null(x->p);
	assert_int_equal(carrier_plain_timer(x->p, 1), CARRIER_PENDING);
	assert_int_equal(carrier_plain_opened(x->p, 10, PLAIN_POST), CARRIER_PENDING);
	assert_int_equal(carrier_plain_opened(x->p, 10, PLAIN_GET), CARRIER_PENDING);
	assert_int_equal(posts, 1);
	assert_int_equal(gets, 1);
}

static void end(plain *x)
{
	carrier_plain_free(x->p);
	carrier_tunnel_close(&x->tunnel);
}

/* All of it, in as many steps as it takes. */
static carrier_result answer(plain *x, uint64_t now_ms, carrier_plain_half h, const char *text)
{
	uint8_t octets[256];
	size_t n = strlen(text), used;
	carrier_result r = CARRIER_PENDING;

	memcpy(octets, text, n);
	for (uint8_t *p = octets; n > 0 && r != CARRIER_FAILED; p += used, n -= used) {
		carrier_result next = carrier_plain_octets(x->p, now_ms, h, p, n, &used);
		r = next == CARRIER_PENDING ? r : next;
	}
	return r;
}

static const char get_head[] = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char get_end[] = "0\r\n\r\n";
static const char post_answer[] = "HTTP/1.1 204 x\r\n\r\n";

static void send_post(plain *x, uint64_t now_ms)
{
	uint8_t room[CARRIER_REQUEST_MAX + 4] = { 0 };

	assert_true(carrier_plain_can_send(x->p, now_ms));
	carrier_plain_send(x->p, now_ms, room + CARRIER_REQUEST_MAX, 4);
}

TEST(a_slow_answer_to_a_post_brings_the_tunnel_up_where_the_gets_is_kept_back)
{
	plain x;

	begin(&x);
	assert_int_equal(carrier_plain_next_timer_ms(x.p), 10 + HEAD_MS);
	assert_int_equal(carrier_plain_timer(x.p, 10 + HEAD_MS), CARRIER_PENDING);
	assert_int_equal(answer(&x, 1600, PLAIN_POST, post_answer), CARRIER_READY);
	assert_true(x.p->kept_back);
	assert_int_equal(carrier_plain_number(x.p), 0);
	end(&x);
}

/* Though a POST's comes even later: everything is slow here, and nothing is kept back. */
TEST(an_answer_that_begins_late_is_not_kept_back)
{
	plain x;

	begin(&x);
	carrier_plain_timer(x.p, 10 + HEAD_MS);
	assert_int_equal(answer(&x, 1600, PLAIN_GET, get_head), CARRIER_READY);
	assert_int_equal(answer(&x, 1650, PLAIN_POST, post_answer), CARRIER_PENDING);
	assert_false(x.p->kept_back);
	assert_int_equal(opened, 2);
	assert_int_equal(carrier_plain_number(x.p), 1);
	end(&x);
}

/* Up, and the second GET, asked at 2000, is late at 3500. */
static void begin_late(plain *x)
{
	begin(x);
	assert_int_equal(answer(x, 20, PLAIN_GET, get_head), CARRIER_READY);
	assert_int_equal(answer(x, 20, PLAIN_POST, post_answer), CARRIER_PENDING);
	answer(x, 2000, PLAIN_GET, get_end);
	assert_int_equal(gets, 2);
	assert_int_equal(carrier_plain_timer(x->p, 2000 + HEAD_MS), CARRIER_PENDING);
	assert_false(x->p->kept_back);
}

TEST(a_get_on_a_new_connection_has_its_time_again)
{
	plain x;

	begin_late(&x);
	carrier_plain_closed(x.p, 3600, PLAIN_GET, NULL);
	carrier_plain_timer(x.p, 3600);
	carrier_plain_opened(x.p, 3610, PLAIN_GET);
	assert_int_equal(gets, 3);
	send_post(&x, 3620);
	answer(&x, 3630, PLAIN_POST, post_answer);
	assert_false(x.p->kept_back);
	assert_int_equal(carrier_plain_next_timer_ms(x.p), 3610 + HEAD_MS);
	carrier_plain_timer(x.p, 3610 + HEAD_MS);
	assert_true(
		x.p->kept_back); /* it had an answer to a POST in that time, and none to itself */
	end(&x);
}

/* Where a round trip is shorter than the pace, nothing else happens that would send it. */
TEST(what_the_pace_holds_back_has_a_timer)
{
	plain x;

	begin_late(&x);
	send_post(&x, 3600);
	answer(&x, 3605, PLAIN_POST, post_answer);
	assert_true(x.p->kept_back);
	carrier_plain_timer(x.p, 3605);
	assert_int_equal(opened, 3); /* the GET's, again */
	assert_false(carrier_plain_can_send(x.p, 3606));
	assert_int_equal(carrier_plain_next_timer_ms(x.p), 3605 + PACE_MS);
	carrier_plain_timer(x.p, 3605 + PACE_MS);
	assert_true(carrier_plain_can_send(x.p, 3605 + PACE_MS));
	assert_true(carrier_plain_next_timer_ms(x.p) == UINT64_MAX);
	send_post(&x, 3700);
	assert_false(carrier_plain_can_send(x.p, 3700 + PACE_MS - 1));
	assert_int_equal(carrier_plain_next_timer_ms(x.p), 3700 + PACE_MS);
	end(&x);
}

TEST(timers_that_run_late_are_not_lost)
{
	plain x;

	begin_late(&x);
	send_post(&x, 3600);
	answer(&x, 3605, PLAIN_POST, post_answer);
	carrier_plain_timer(x.p, 3605);
	carrier_plain_timer(x.p, 3605 + PACE_MS + 100);
	assert_true(carrier_plain_next_timer_ms(x.p) == UINT64_MAX);
	end(&x);
	begin(&x);
	assert_int_equal(answer(&x, 20, PLAIN_POST, post_answer), CARRIER_PENDING);
	assert_int_equal(carrier_plain_timer(x.p, 10 + HEAD_MS + 100), CARRIER_READY);
	end(&x);
	begin(&x);
	assert_int_equal(answer(&x, 20, PLAIN_GET, get_head), CARRIER_READY);
	carrier_plain_timer(x.p, 10 + ANSWER_MS + 100); /* the POST's */
	assert_int_equal(opened, 3);
	end(&x);
}

RUN(T(a_slow_answer_to_a_post_brings_the_tunnel_up_where_the_gets_is_kept_back),
    T(an_answer_that_begins_late_is_not_kept_back), T(a_get_on_a_new_connection_has_its_time_again),
    T(what_the_pace_holds_back_has_a_timer), T(timers_that_run_late_are_not_lost))
