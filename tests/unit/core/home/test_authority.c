/* SPDX-License-Identifier: MIT */
/* authority: clients whose key home does not hold, verified by somebody else. What stands here for an AAA server is asked
 * about a request, answers with a challenge, accepts with a key, or rejects; requests are held at it, and there
 * answered, failed, late, repeated, flooded with. */
#include "home_kit.h"
#include "core/home/txn.h"

enum { AUTHORITY_SPI = 300, LATE_MS = 5000, CHALLENGE = 'C', ACCEPT = 'A', REJECT = 'R' };

/* What is asked: the identification of the request; after a challenge that and the challenge. */
static home_verdict ask_about(const reg_scan *request, wire_bytes challenge, home_question *q)
{
	store_be64(q->octets, request->request.identification);
	memcpy(q->octets + 8, challenge.p, challenge.n);
	q->n = 8 + challenge.n;
	return home_must_wait(HOME_WAIT_AUTHORITY);
}

/* An accept: the client's number and its key, under which the request has to be authentic. */
static home_verdict take_key(const reg_scan *request, wire_bytes accept, home_client_conf *who)
{
	key0_set keys;

	*who = kit_client_conf(accept.p[0]);
	who->spi = 0;
	memcpy(who->key0, accept.p + 1, KEY0_LEN);
	assert_true(key0_set_derive(who->key0, &keys));
	bool ok = reg_verify_mobile_home(request, &keys);
	key0_set_wipe(&keys);
	return home_pass_if(ok, MIP_HA_MN_FAILED_AUTH);
}

static home_verdict verify(const reg_scan *request, const home_answer *a, home_question *q,
			   home_client_conf *who)
{
	if (!a)
		return ask_about(request, (wire_bytes){ q->octets, 0 }, q);
	if (!a->ok)
		return home_refuse(MIP_HA_RESOURCES);
	const wire_bytes rest = { a->reply.p + 1, a->reply.n - 1 };
	switch (a->reply.p[0]) {
	case CHALLENGE:
		return ask_about(request, rest, q);
	case ACCEPT:
		return take_key(request, rest, who);
	default:
		return home_refuse(MIP_HA_MN_FAILED_AUTH);
	}
}

static const home_authority authority = { .spi = AUTHORITY_SPI, .verify = verify };

static int answer(kit *k, away *a, uint64_t number, const home_answer *what)
{
	dgramq_clear(&k->tx);
	home_core_complete(k->h, k->now, number, what);
	return a ? away_reply(a) : -1;
}

static int reply_with(kit *k, away *a, uint64_t number, const uint8_t *p, size_t n)
{
	const home_answer what = { .kind = HOME_WAIT_AUTHORITY, .ok = true, .reply = { p, n } };

	return answer(k, a, number, &what);
}

static int accept_with(kit *k, away *a, uint64_t number, const uint8_t key[KEY0_LEN])
{
	uint8_t octets[2 + KEY0_LEN] = { ACCEPT, a->conf.id[0] };

	memcpy(octets + 2, key, KEY0_LEN);
	return reply_with(k, a, number, octets, sizeof octets);
}

static int accept_next(kit *k, away *a)
{
	const kit_request q = kit_take_request(k, 0);

	assert_int_equal(q.kind, HOME_WAIT_AUTHORITY);
	return accept_with(k, a, q.number, a->conf.key0);
}

static int reject_next(kit *k, away *a)
{
	return reply_with(k, a, kit_take_request(k, 0).number, (const uint8_t[]){ REJECT }, 1);
}

static int write_state(kit *k, away *a)
{
	dgramq_clear(&k->tx);
	kit_complete(k, 0);
	return away_reply(a);
}

static unsigned in_progress(const kit *k)
{
	return (unsigned)home_core_counters(k->h).in_progress;
}

static void prepare(away *a, uint64_t ahead)
{
	away_prepare(a);
	a->q.identification = a->k->now.ntp + ahead;
	a->q.pseudonym = AUTHORITY_SPI;
}

static void open_scene(kit *k, away *a)
{
	kit_open(k);
	k->conf.authority = &authority;
	k->hold = true;
	away_open(a, k, 1);
	prepare(a, 1);
}

/* A home server that holds no client's key, and a client's request to it. */
#define SCENE_STRANGER(k, a)                                                                       \
	kit k;                                                                                     \
	away a;                                                                                    \
	open_scene(&k, &a)
#define SCENE_ASKED(k, a)                                                                          \
	SCENE_STRANGER(k, a);                                                                      \
	assert_int_equal(away_ask(&a), -1)

/* One of many strangers: client n's request, from `from`. */
static int ask_from(kit *k, uint8_t n, const endpoint *from, uint64_t ahead)
{
	away a;

	away_open(&a, k, n);
	a.from = *from;
	prepare(&a, ahead);
	int code = away_ask(&a);
	away_close(&a);
	return code;
}

TEST(a_client_is_registered_under_the_key_that_its_authority_answers_with)
{
	SCENE_ASKED(k, a);

	assert_int_equal(home_core_counters(k.h).clients, 0);
	assert_int_equal(in_progress(&k), 1);
	assert_int_equal(k.requests[0].question.n, 8);
	assert_true(load_be64(k.requests[0].question.octets) == a.q.identification);
	assert_int_equal(accept_next(&k, &a), -1); /* and now its state is written */
	assert_int_equal(home_core_counters(k.h).clients, 1);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(in_progress(&k), 1);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	assert_int_equal(kit_status(&k).n, 1);
	assert_int_equal(in_progress(&k), 0);
	away_derive(&a);
	away_echo(&a, a.out, 0);
	assert_int_equal(kit_queued(&k, &a.from), 1);
	END(k, a);
}

/* Under the pseudonym and the key that it has got, nobody else is asked. */
TEST(the_next_registration_needs_no_authority)
{
	SCENE_ASKED(k, a);

	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	a.spi = a.r.next_pseudonym;
	away_prepare(&a);
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(k.requests[0].kind, HOME_WAIT_DURABLE);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	END(k, a);
}

/* The authority's SPI is no pseudonym of the client that used it first. */
TEST(the_next_client_is_verified_by_the_authority_again)
{
	SCENE_ASKED(k, a);
	away b;

	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	away_open(&b, &k, 2);
	prepare(&b, 1);
	assert_int_equal(away_ask(&b), -1);
	assert_int_equal(accept_next(&k, &b), -1);
	assert_int_equal(write_state(&k, &b), MIP_ACCEPTED);
	assert_int_equal(home_core_counters(k.h).clients, 2);
	assert_int_equal(kit_status(&k).n, 2);
	away_close(&b);
	END(k, a);
}

/* As after any registration, the pseudonym before is good as well: the reply may have been lost. */
TEST(a_client_that_is_verified_again_keeps_its_pseudonym)
{
	SCENE_ASKED(k, a);

	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	const uint32_t first = a.r.next_pseudonym;
	prepare(&a, 2);
	assert_int_equal(away_ask(&a), -1);
	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	assert_int_not_equal(a.r.next_pseudonym, first);
	a.spi = first;
	away_prepare(&a);
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(k.requests[0].kind, HOME_WAIT_DURABLE);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	END(k, a);
}

TEST(an_authority_asks_as_many_rounds_as_it_needs)
{
	SCENE_ASKED(k, a);

	for (uint8_t round = 1; round <= 3; round++) {
		const kit_request q = kit_take_request(&k, 0);
		const uint8_t challenge[] = { CHALLENGE, round, 7 };
		assert_int_equal(reply_with(&k, &a, q.number, challenge, sizeof challenge), -1);
		assert_int_equal(k.n_requests, 1);
		assert_int_not_equal(k.requests[0].number, q.number);
		assert_int_equal(k.requests[0].question.n, 10);
		assert_memory_equal(k.requests[0].question.octets + 8, challenge + 1, 2);
		/* a repeated answer finds nobody */
		assert_int_equal(accept_with(&k, &a, q.number, a.conf.key0), -1);
		assert_int_equal(k.n_requests, 1);
	}
	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	END(k, a);
}

TEST(who_is_rejected_gets_131_and_is_no_client)
{
	SCENE_ASKED(k, a);

	assert_int_equal(reject_next(&k, &a), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(k.tx.runs[0].len, MIP_REPLY_LEN);
	assert_int_equal(in_progress(&k), 0);
	assert_int_equal(home_core_counters(k.h).clients, 0);
	assert_int_equal(home_core_counters(k.h).registrations.denied_auth, 1);
	END(k, a);
}

TEST(a_request_that_is_not_authentic_under_the_key_of_the_answer_is_refused)
{
	SCENE_ASKED(k, a);
	uint8_t another[KEY0_LEN] = { 1 };
	const uint64_t number = kit_take_request(&k, 0).number;

	assert_int_equal(accept_with(&k, &a, number, another), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(in_progress(&k), 0);
	assert_int_equal(home_core_counters(k.h).clients, 0);
	END(k, a);
}

TEST(an_authority_that_fails_is_130)
{
	SCENE_ASKED(k, a);
	const home_answer failed = { .kind = HOME_WAIT_AUTHORITY };
	const uint64_t number = kit_take_request(&k, 0).number;

	assert_int_equal(answer(&k, &a, number, &failed), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(an_authority_that_takes_too_long_is_130_and_its_late_answer_makes_nobody_a_client)
{
	SCENE_ASKED(k, a);
	const uint64_t number = kit_take_request(&k, 0).number;

	dgramq_clear(&k.tx);
	kit_pass(&k, LATE_MS - 1);
	assert_int_equal(away_reply(&a), -1);
	kit_pass(&k, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	assert_int_equal(accept_with(&k, &a, number, a.conf.key0), -1);
	assert_int_equal(home_core_counters(k.h).clients, 0);
	END(k, a);
}

TEST(an_answer_when_its_time_is_over_makes_nobody_a_client)
{
	SCENE_ASKED(k, a);

	k.now.ms += LATE_MS; /* no tick */
	assert_int_equal(accept_next(&k, &a), MIP_HA_RESOURCES);
	assert_int_equal(home_core_counters(k.h).clients, 0);
	END(k, a);
}

TEST(what_an_authority_took_of_the_time_is_not_there_for_the_disk)
{
	SCENE_ASKED(k, a);

	kit_pass(&k, LATE_MS - 1);
	assert_int_equal(accept_next(&k, &a), -1);
	kit_pass(&k, 1);
	assert_int_equal(away_reply(&a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(an_answer_of_another_kind_than_is_waited_for_has_no_effect)
{
	SCENE_ASKED(k, a);

	kit_answer_durable(&k, k.requests[0].number, true);
	kit_answer_durable(&k, k.requests[0].number, false);
	assert_int_equal(away_reply(&a), -1);
	assert_int_equal(in_progress(&k), 1);
	accept_next(&k, &a);
	assert_int_equal(k.requests[0].kind, HOME_WAIT_DURABLE);
	assert_int_equal(accept_with(&k, &a, k.requests[0].number, a.conf.key0), -1);
	for (home_wait w = HOME_WAIT_NONE; w <= HOME_WAIT_TURN; w++)
		assert_int_equal(answer(&k, &a, k.requests[0].number,
					&(home_answer){ .kind = w, .ok = true }),
				 -1);
	assert_int_equal(kit_status(&k).n, 0);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	END(k, a);
}

TEST(a_duplicate_of_what_the_authority_is_asked_about_is_dropped)
{
	SCENE_ASKED(k, a);

	for (int i = 0; i < 3; i++) {
		away_send(&a);
		assert_int_equal(away_reply(&a), -1);
	}
	assert_int_equal(k.n_requests, 1);
	assert_int_equal(in_progress(&k), 1);
	a.octets[a.n - 1] ^= 1; /* not the same: of somebody else, perhaps */
	away_send(&a);
	assert_int_equal(in_progress(&k), 2);
	END(k, a);
}

/* The same client asks twice, by two paths; answers come in the other order. */
TEST(proven_registrations_of_one_client_take_turns)
{
	SCENE_ASKED(k, a);
	const uint64_t first = a.q.identification;

	a.from.port++;
	prepare(&a, 2);
	assert_int_equal(away_ask(&a), -1);
	const kit_request q[] = { kit_take_request(&k, 0), kit_take_request(&k, 0) };
	assert_int_equal(accept_with(&k, &a, q[1].number, a.conf.key0), -1);
	assert_int_equal(accept_with(&k, &a, q[0].number, a.conf.key0), -1);
	assert_int_equal(k.n_requests, 1); /* the other one waits for its turn */
	assert_int_equal(in_progress(&k), 2);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	assert_true(a.r.identification > first); /* the newer one: the older one gets no answer */
	assert_int_equal(home_core_counters(k.h).registrations.denied_replay, 1);
	assert_int_equal(home_core_counters(k.h).registrations.accepted, 1);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(an_authority_is_not_asked_about_what_is_not_fresh)
{
	SCENE_STRANGER(k, a);

	a.q.identification = k.now.ntp - (8ull << 32);
	assert_int_equal(away_ask(&a), MIP_HA_IDENT_MISMATCH);
	assert_int_equal(k.n_requests, 0);
	assert_int_equal(in_progress(&k), 0);
	END(k, a);
}

TEST(without_an_authority_and_under_another_spi_a_stranger_gets_131_and_allocates_nothing)
{
	SCENE_STRANGER(k, a);
	const uint32_t spis[] = { AUTHORITY_SPI, AUTHORITY_SPI + 1 };

	for (size_t i = 0; i < COUNT(spis); i++) {
		k.conf.authority = i == 0 ? NULL : &authority;
		a.q.pseudonym = spis[i];
		a.q.identification++;
		away_build(&a);
		dgramq_clear(&k.tx);
		const size_t before = kit_heap();
		kit_deliver(&k, &a, a.octets, a.n);
		assert_true(kit_heap() == before);
		assert_int_equal(away_reply(&a), MIP_HA_MN_FAILED_AUTH);
	}
	assert_int_equal(home_core_counters(k.h).registrations.denied_unknown, 2);
	END(k, a);
}

TEST(what_waits_for_an_authority_that_is_gone_is_refused)
{
	SCENE_ASKED(k, a);

	k.conf.authority = NULL;
	assert_int_equal(accept_next(&k, &a), MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(home_core_counters(k.h).clients, 0);
	END(k, a);
}

static endpoint from4(uint8_t net, uint8_t host, uint16_t port)
{
	return (endpoint){ .addr = ip4(10, 0, net, host), .port = port };
}

static endpoint from6(uint8_t net, uint8_t host)
{
	return (endpoint){ .addr = { .len = 16, .b = { 0x20, 1, [7] = net, [15] = host } },
			   .port = 5000 };
}

TEST(one_source_has_few_strangers)
{
	SCENE_STRANGER(k, a);
	const endpoint v4 = from4(0, 1, 5000), v6 = from6(1, 1);
	const endpoint same[] = { from4(0, 1, 6000), from6(1, 2) };
	const endpoint others[] = { from4(0, 2, 5000), from6(2, 1) };

	for (unsigned i = 0; i < HOME_STRANGERS_OF_SOURCE; i++) {
		assert_int_equal(ask_from(&k, 1, &v4, i), -1);
		assert_int_equal(ask_from(&k, 1, &v6, i), -1);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask_from(&k, 1, &same[i], 9), MIP_HA_RESOURCES);
		assert_int_equal(ask_from(&k, 1, &others[i], 9), -1);
	}
	const uint8_t rejected[] = { REJECT };
	reply_with(&k, NULL, kit_take_request(&k, 0).number, rejected, 1);
	assert_int_equal(ask_from(&k, 1, &v4, 10), -1); /* there is a place again */
	END(k, a);
}

/* And whatever they do, clients whose key home holds register as ever. */
TEST(all_strangers_together_are_few_and_take_no_clients_place)
{
	SCENE_STRANGER(k, a);
	away b;

	kit_add(&k, 2);
	away_open(&b, &k, 2);
	const size_t before = kit_heap();
	for (unsigned i = 0; i < HOME_STRANGERS; i++) {
		const endpoint from = from4(1, (uint8_t)i, 5000);
		assert_int_equal(ask_from(&k, 1, &from, 1), -1);
	}
	assert_int_equal(in_progress(&k), HOME_STRANGERS);
	assert_true(kit_heap() - before < HOME_STRANGERS * 8192);
	const size_t full = kit_heap();
	for (unsigned i = 0; i < 1000; i++) {
		const endpoint from = from4((uint8_t)(2 + i / 250), (uint8_t)(i % 250), 5000);
		int code = ask_from(&k, 1, &from, 1);
		assert_true(code == MIP_HA_RESOURCES || code == -1); /* answers are limited */
	}
	assert_true(kit_heap() == full);
	assert_int_equal(in_progress(&k), HOME_STRANGERS);
	away_prepare(&b);
	assert_int_equal(away_ask(&b), -1);
	dgramq_clear(&k.tx);
	kit_complete(&k, HOME_STRANGERS);
	assert_int_equal(away_reply(&b), MIP_ACCEPTED);
	dgramq_clear(&k.tx);
	kit_pass(&k, LATE_MS);
	assert_int_equal(in_progress(&k), 0);
	away_close(&b);
	END(k, a);
}

/* Proven, it counts as its client's, and its place is another's. */
TEST(a_stranger_that_is_proven_gives_its_place_back)
{
	SCENE_STRANGER(k, a);

	for (unsigned i = 0; i < HOME_STRANGERS_OF_SOURCE; i++) {
		prepare(&a, i);
		assert_int_equal(away_ask(&a), -1);
	}
	assert_int_equal(ask_from(&k, 2, &a.from, 99), MIP_HA_RESOURCES);
	assert_int_equal(accept_next(&k, &a), -1);
	assert_int_equal(ask_from(&k, 2, &a.from, 99), -1);
	END(k, a);
}

TEST(a_proven_one_is_refused_where_its_client_has_too_many_under_way)
{
	SCENE_ASKED(k, a);

	accept_next(&k, &a);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	prepare(&a, 1000);
	assert_int_equal(away_ask(&a), -1);
	a.spi = a.r.next_pseudonym;
	for (uint64_t i = 0; i < HOME_TXNS_OF_PEER; i++) {
		away_prepare(&a);
		a.q.identification = k.now.ntp + 2000 + i;
		assert_int_equal(away_ask(&a), -1);
	}
	assert_int_equal(accept_next(&k, &a), MIP_HA_RESOURCES);
	assert_int_equal(in_progress(&k), HOME_TXNS_OF_PEER);
	END(k, a);
}

/* A password was changed meanwhile, say: what was decided under the former key does not hold. */
TEST(another_key_for_the_same_client_ends_what_is_under_way_under_the_former)
{
	SCENE_ASKED(k, a);
	uint8_t another[KEY0_LEN];

	accept_next(&k, &a);
	assert_int_equal(k.requests[0].kind, HOME_WAIT_DURABLE);
	const kit_request former = kit_take_request(&k, 0);
	memset(another, 9, sizeof another);
	memcpy(a.conf.key0, another, KEY0_LEN);
	assert_true(key0_set_derive(another, &a.keys));
	prepare(&a, 5);
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(accept_next(&k, &a), -1);
	assert_int_equal(in_progress(&k), 1);
	dgramq_clear(&k.tx);
	kit_answer_durable(&k, former.number, true);
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(write_state(&k, &a), MIP_ACCEPTED);
	END(k, a);
}

TEST(the_agent_ends_while_strangers_wait)
{
	SCENE_ASKED(k, a);

	prepare(&a, 2);
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(in_progress(&k), 2);
	END(k, a);
}

enum { LONG = 512 };

static home_verdict ask_at_length(const reg_scan *request, const home_answer *a, home_question *q,
				  home_client_conf *who)
{
	(void)request, (void)a, (void)who;
	for (unsigned i = 0; i < LONG; i++)
		q->octets[i] = (uint8_t)(i + i / 256);
	q->n = LONG;
	return home_must_wait(HOME_WAIT_AUTHORITY);
}

/* Of RADIUS, a State and what the request said (RFC 2865 5.24: 253 octets each). */
TEST(a_question_of_512_octets_is_asked_whole)
{
	static const home_authority by = { .spi = AUTHORITY_SPI, .verify = ask_at_length };
	SCENE_STRANGER(k, a);

	k.conf.authority = &by;
	assert_int_equal(away_ask(&a), -1);
	assert_int_equal(k.requests[0].question.n, LONG);
	for (unsigned i = 0; i < LONG; i++)
		assert_int_equal(k.requests[0].question.octets[i], (uint8_t)(i + i / 256));
	END(k, a);
}

RUN(T(a_question_of_512_octets_is_asked_whole),
    T(a_client_is_registered_under_the_key_that_its_authority_answers_with),
    T(the_next_registration_needs_no_authority),
    T(the_next_client_is_verified_by_the_authority_again),
    T(a_client_that_is_verified_again_keeps_its_pseudonym),
    T(an_authority_asks_as_many_rounds_as_it_needs), T(who_is_rejected_gets_131_and_is_no_client),
    T(a_request_that_is_not_authentic_under_the_key_of_the_answer_is_refused),
    T(an_authority_that_fails_is_130),
    T(an_authority_that_takes_too_long_is_130_and_its_late_answer_makes_nobody_a_client),
    T(an_answer_when_its_time_is_over_makes_nobody_a_client),
    T(what_an_authority_took_of_the_time_is_not_there_for_the_disk),
    T(an_answer_of_another_kind_than_is_waited_for_has_no_effect),
    T(a_duplicate_of_what_the_authority_is_asked_about_is_dropped),
    T(proven_registrations_of_one_client_take_turns),
    T(an_authority_is_not_asked_about_what_is_not_fresh),
    T(without_an_authority_and_under_another_spi_a_stranger_gets_131_and_allocates_nothing),
    T(what_waits_for_an_authority_that_is_gone_is_refused), T(one_source_has_few_strangers),
    T(all_strangers_together_are_few_and_take_no_clients_place),
    T(a_stranger_that_is_proven_gives_its_place_back),
    T(a_proven_one_is_refused_where_its_client_has_too_many_under_way),
    T(another_key_for_the_same_client_ends_what_is_under_way_under_the_former),
    T(the_agent_ends_while_strangers_wait))
