/* SPDX-License-Identifier: MIT */
/* sim_hostile.c - what somebody on the way can do to messages, and that none of it changes
 * anything. */
#include "world.h"

#include <stdlib.h>

typedef struct copy {
	uint8_t *p;
	size_t n;
	direction to;
} copy;
enum { COPIES = 400 };
typedef struct tape {
	copy all[COPIES];
	unsigned n;
} tape;

static bool record(world *w, direction to, uint8_t *p, size_t n)
{
	tape *t = w->watch_ctx;

	if (t->n < COPIES) {
		copy *c = &t->all[t->n++];
		*c = (copy){ malloc(n), n, to };
		memcpy(c->p, p, n);
	}
	return true;
}

static void erase(tape *t)
{
	for (unsigned i = 0; i < t->n; i++)
		free(t->all[i].p);
	t->n = 0;
}

static const endpoint home = { .addr = { 4, { 203, 0, 113, 2 } }, .port = 4500 };
static const endpoint stranger = { .addr = { 4, { 192, 0, 2, 66 } }, .port = 6666 };

static void inject(world *w, direction to, const uint8_t *p, size_t n)
{
	if (to == TO_HOME)
		world_send_to_home(w, &stranger, &home, p, n);
	else
		world_send_to_client(w, w->n_socks, p, n);
}

/* Registered, moved once, some traffic each way: everything that occurs is on the tape. */
static world *with_tape(tape *t)
{
	world *w = world_new();

	w->watch = record;
	w->watch_ctx = t;
	world_up(w, 1);
	world_traffic(w, 20000, 100);
	world_run(w, 500);
	world_move(w, 1, 2);
	world_run(w, 1000);
	world_traffic(w, 0, 0);
	world_run(w, 200);
	w->watch = NULL;
	return w;
}

static void still_fine(world *w)
{
	assert_int_equal(w->state, CLIENT_REGISTERED);
	world_account(w);
	world_traffic(w, 2000, 100);
	world_run(w, 500);
	world_traffic(w, 0, 0);
	world_run(w, 100);
	assert_int_equal(lost(&w->up) + lost(&w->down), 0);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
}

static void unchanged(world *w, const client_status *was)
{
	client_status is = world_status(w);

	assert_int_equal(is.spi_in, was->spi_in);
	assert_int_equal(is.spi_out, was->spi_out);
	assert_int_equal(is.handovers, was->handovers);
	assert_true(ip_equal(&is.home4, &was->home4));
	still_fine(w);
}

TEST(replayed_messages_change_nothing)
{
	tape *t = calloc(1, sizeof *t);
	world *w = with_tape(t);
	client_status was = world_status(w);

	for (unsigned i = 0; i < t->n; i++) {
		inject(w, t->all[i].to, t->all[i].p, t->all[i].n);
		world_run(w, 5);
	}
	assert_true(world_status(w).drop_replay > 0);
	unchanged(w, &was);
	erase(t);
	free(t);
	world_free(w);
}

TEST(reflected_messages_change_nothing)
{
	tape *t = calloc(1, sizeof *t);
	world *w = with_tape(t);
	client_status was = world_status(w);

	for (unsigned i = 0; i < t->n; i++) {
		inject(w, t->all[i].to == TO_HOME ? TO_CLIENT : TO_HOME, t->all[i].p, t->all[i].n);
		world_run(w, 5);
	}
	unchanged(w, &was);
	erase(t);
	free(t);
	world_free(w);
}

static bool flip_copies(world *w, direction to, uint8_t *p, size_t n)
{
	for (int i = 0; i < 4; i++) {
		uint8_t bad[1600];
		memcpy(bad, p, n);
		unsigned bit = world_random(w, (unsigned)n * 8);
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		inject(w, to, bad, n);
	}
	return true;
}

TEST(messages_with_flipped_bits_change_nothing)
{
	world *w = world_new();

	w->watch = flip_copies; /* each arrives before the true one */
	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 2000);
	world_move(w, 1, 2);
	world_run(w, 2000);
	world_traffic(w, 0, 0);
	world_run(w, 200);
	assert_int_equal(w->up.duplicated + w->down.duplicated, 0);
	assert_true(world_status(w).drop_auth > 0);
	w->watch = NULL;
	still_fine(w);
	world_free(w);
}

static bool truncate_copies(world *w, direction to, uint8_t *p, size_t n)
{
	inject(w, to, p, world_random(w, (unsigned)n));
	return true;
}

TEST(truncated_messages_change_nothing)
{
	world *w = world_new();

	w->watch = truncate_copies;
	world_up(w, 1);
	world_traffic(w, 10000, 100);
	world_run(w, 2000);
	world_move(w, 1, 2);
	world_run(w, 2000);
	w->watch = NULL;
	world_traffic(w, 0, 0);
	world_run(w, 200);
	still_fine(w);
	world_free(w);
}

TEST(noise_changes_nothing)
{
	world *w = world_new();

	world_up(w, 1);
	client_status was = world_status(w);
	static const uint8_t first[] = {
		0x00, 0x01, 0x03, 0x07, 0x0f, 0x10, 0x1f, 0x20, 0x80, 0xff
	};
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t p[300];
		size_t n = 1 + world_random(w, sizeof p - 1);
		for (size_t k = 0; k < n; k++)
			p[k] = (uint8_t)world_random(w, 256);
		p[0] = first[i % COUNT(first)];
		inject(w, i % 2 ? TO_HOME : TO_CLIENT, p, n);
		if (i % 20 == 0)
			world_run(w, 1);
	}
	unchanged(w, &was);
	world_free(w);
}

/* A reply that nobody authenticated, to each request, before the true one. */
static bool refuse_first(world *w, direction to, uint8_t *p, size_t n)
{
	if (to != TO_HOME || dgram_classify(p, n) != DGRAM_REQUEST)
		return true;
	uint8_t reply[MIP_REPLY_LEN];
	mip_request q;
	wire_rd r = wire_reader(p, n);
	assert_true(mip_request_get(&r, &q));
	reg_refusal_build(&q, MIP_HA_MN_FAILED_AUTH, reply);
	inject(w, TO_CLIENT, reply, sizeof reply);
	return true;
}

TEST(forged_refusals_delay_but_do_not_deny)
{
	world *w = world_new();

	w->watch = refuse_first;
	world_up(w, 1);
	world_run(w, 1200 * 1000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	w->watch = NULL;
	still_fine(w);
	world_free(w);
}

static bool accept_first(world *w, direction to, uint8_t *p, size_t n)
{
	if (to != TO_HOME || dgram_classify(p, n) != DGRAM_REQUEST)
		return true;
	uint8_t reply[MIP_REPLY_LEN];
	mip_request q;
	wire_rd r = wire_reader(p, n);
	assert_true(mip_request_get(&r, &q));
	reg_refusal_build(&q, MIP_ACCEPTED, reply);
	inject(w, TO_CLIENT, reply, sizeof reply);
	return false; /* and home never hears of it */
}

TEST(forged_acceptance_is_not_believed)
{
	world *w = world_new();

	w->watch = accept_first;
	world_plug(w, 1);
	assert_false(world_until(w, CLIENT_REGISTERED, 10000));
	assert_false(world_status(w).has_sa);
	w->watch = NULL;
	assert_true(world_until(w, CLIENT_REGISTERED, 20000));
	world_free(w);
}

RUN(T(replayed_messages_change_nothing), T(reflected_messages_change_nothing),
    T(messages_with_flipped_bits_change_nothing), T(truncated_messages_change_nothing),
    T(noise_changes_nothing), T(forged_refusals_delay_but_do_not_deny),
    T(forged_acceptance_is_not_believed))
