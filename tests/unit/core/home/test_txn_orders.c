/* SPDX-License-Identifier: MIT */
/* Two registrations of one client in every order with what can become of them: each sequence of up to five events is
 * played on an agent of its own, and whatever the order, the same holds. */
#include "home_kit.h"

enum { DEPTH = 5, LATE_MS = 5000 };

typedef enum event { SEND_FIRST, SEND_SECOND, WRITTEN, FAILED, LATE, N_EVENTS } event;

typedef struct play {
	kit k;
	away a;
	uint64_t ids[2]; /* of the two requests, in order */
	uint8_t octets[2][MIP_MAX_MESSAGE];
	size_t n[2];
	unsigned sent[2];               /* how often */
	unsigned granted[2], denied[2]; /* replies */
	uint64_t accepted;              /* the highest granted */
} play;

static void prepare(play *p)
{
	kit_open(&p->k);
	kit_add(&p->k, 1);
	p->k.hold = true;
	away_open(&p->a, &p->k, 1);
	for (unsigned i = 0; i < 2; i++) {
		away_prepare(&p->a);
		p->ids[i] = p->a.q.identification = p->k.now.ntp + 1 + i;
		away_build(&p->a);
		memcpy(p->octets[i], p->a.octets, p->a.n);
		p->n[i] = p->a.n;
	}
}

/* Takes what the agent answered. */
static void hear(play *p)
{
	const dgramq *q = &p->k.tx;

	for (uint32_t r = 0; r < q->n_runs; r++)
		for (uint32_t at = 0; at < q->runs[r].len; at += q->runs[r].seg) {
			uint32_t left = q->runs[r].len - at;
			reg_scan s;
			assert_true(reg_scan_message(q->bytes + q->runs[r].at + at,
						     left < q->runs[r].seg ? left : q->runs[r].seg,
						     &s));
			/* A refusal with 133 keeps the low half. */
			unsigned i = (uint32_t)s.reply.identification == (uint32_t)p->ids[1];
			if (s.reply.code != MIP_ACCEPTED) {
				p->denied[i]++;
				continue;
			}
			p->granted[i]++;
			assert_true(p->ids[i] > p->accepted);
			p->accepted = p->ids[i];
		}
	dgramq_clear(&p->k.tx);
}

/* False: it can't happen now. */
static bool happen(play *p, event e)
{
	switch (e) {
	case SEND_FIRST:
	case SEND_SECOND:
		if (p->sent[e]++ == 2) /* it may be duplicated */
			return false;
		kit_deliver(&p->k, &p->a, p->octets[e], p->n[e]);
		break;
	case LATE:
		if (home_core_counters(p->k.h).in_progress == 0)
			return false;
		kit_pass(&p->k, LATE_MS);
		break;
	default:
		if (p->k.n_requests == 0)
			return false;
		p->k.save_fails = e == FAILED;
		kit_complete(&p->k, 0);
		break;
	}
	hear(p);
	return true;
}

static void check(play *p)
{
	kit_bindings b = kit_status(&p->k);
	home_counters c = home_core_counters(p->k.h);

	assert_in_range(p->granted[0], 0, 1);
	assert_in_range(p->granted[1], 0, 1);
	assert_int_equal(b.n, p->accepted > 0);
	assert_int_equal(c.registrations.accepted, p->granted[0] + p->granted[1]);
	assert_true(c.in_progress <= 2);
	assert_true(p->accepted == 0 || p->k.saved.last_id >= p->accepted);
	for (unsigned i = 0; i < 2; i++) /* at most one answer for each time it was sent */
		assert_true(p->granted[i] + p->denied[i] <= p->sent[i]);
}

/* In the end everything is decided, and a third request is granted. */
static void finish(play *p)
{
	p->k.save_fails = false;
	while (p->k.n_requests > 0) {
		kit_complete(&p->k, 0);
		hear(p);
	}
	check(p);
	assert_int_equal(home_core_counters(p->k.h).in_progress, 0);
	p->k.hold = false;
	away_prepare(&p->a);
	p->a.q.identification = p->k.now.ntp > p->ids[1] ? p->k.now.ntp : p->ids[1] + 1;
	if (p->accepted) /* granted under it, so it is the one before */
		assert_int_equal(p->k.saved.spi_before, p->a.conf.spi);
	assert_int_equal(away_ask(&p->a), MIP_ACCEPTED);
}

/* The events are the digits of `sequence`. False: one of them can't happen; *at says which. */
static bool run(const event *events, unsigned n, unsigned *at)
{
	play *p = calloc(1, sizeof *p);
	bool possible = true;

	prepare(p);
	for (*at = 0; possible && *at < n; *at += possible) {
		possible = happen(p, events[*at]);
		check(p);
	}
	if (possible)
		finish(p);
	away_close(&p->a);
	kit_close(&p->k);
	free(p);
	return possible;
}

TEST(in_every_order_of_two_requests_and_what_becomes_of_them_the_same_holds)
{
	event events[DEPTH] = { 0 };
	unsigned played = 0, at = 0;

	for (;;) {
		played += run(events, DEPTH, &at);
		unsigned i =
			at < DEPTH ? at : DEPTH - 1; /* what follows the impossible is skipped */
		for (unsigned k = i + 1; k < DEPTH; k++)
			events[k] = 0;
		while (++events[i] == N_EVENTS) {
			events[i] = 0;
			if (i-- == 0) {
				print_message("%u orders\n", played);
				assert_true(played > 200);
				return;
			}
		}
	}
}

RUN(T(in_every_order_of_two_requests_and_what_becomes_of_them_the_same_holds))
