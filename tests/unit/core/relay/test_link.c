/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "base/clock.h"
#include "core/relay/link.h"
#include "proto/ctl.h"
#include "ntp.h"

enum { HOME_SPI = 0x31000001, MESSAGE = 1500 };

typedef struct kit {
	relay_conf conf;
	key2_set key2;
	logger log;
	unsigned lines;
	dgramq q;
	relay_link l;
	core_time now;
	sa_pair *home;
	uint8_t msg[MESSAGE];
	size_t n;
	link_hello hello; /* the last one that was sent */
	uint8_t octets[LINK_HELLO_LEN];
} kit;

static void line(void *ctx, log_level level, const char *text)
{
	(void)level, (void)text;
	((kit *)ctx)->lines++;
}

static kit *start(void)
{
	static kit k;

	k = (kit){ .conf = { .name = "dmz1", .key2 = { 9 } },
		   .now = { .ms = 100000, .ntp = 3900000000ull << 32 } };
	k.conf.address = ip4(192, 168, 60, 10);
	k.conf.home = ip4(192, 168, 50, 2);
	k.log = (logger){ LOG_INFO, line, &k };
	assert_true(dgramq_init(&k.q) && key2_set_derive(k.conf.key2, &k.key2));
	assert_true(relay_link_init(&k.l, &k.conf, &k.key2, &k.q, &k.log));
	return &k;
}

static void finish(kit *k)
{
	relay_link_free(&k->l);
	sa_pair_free(k->home);
	dgramq_free(&k->q);
}

/* Takes what is queued: one message, or none. */
static bool take(kit *k)
{
	if (k->q.n_runs == 0)
		return false;
	const dgram_run *r = &k->q.runs[0];
	assert_true(k->q.n_runs == 1 && r->n_segs == 1);
	assert_int_equal(r->route.from_port, 434);
	assert_int_equal(r->route.to.port, 434);
	k->n = r->len;
	memcpy(k->msg, k->q.bytes + r->at, k->n);
	dgramq_clear(&k->q);
	return true;
}

static bool take_hello(kit *k)
{
	if (!take(k) || k->n != LINK_HELLO_LEN)
		return false;
	memcpy(k->octets, k->msg, k->n);
	return link_hello_get(k->octets, k->n, &k->hello) &&
	       reg_link_verify_hello(&k->key2, &k->hello);
}

static bool take_kind(kit *k, uint8_t kind)
{
	wire_bytes body;

	return take(k) && reg_link_open(k->home, 0, k->msg, k->n, &body) && body.p[0] == kind;
}

static void later(kit *k, uint64_t ms)
{
	k->now.ms += ms;
	k->now.ntp += ntp_from_ms(ms);
	relay_link_tick(&k->l, k->now);
}

static relay_link_event deliver(kit *k, uint8_t *p, size_t n)
{
	const dgram_in d = { .p = p, .n = n };
	wire_bytes body;

	return relay_link_handle(&k->l, k->now, &d, &body);
}

static relay_link_event welcome_with(kit *k, uint64_t ahead, uint8_t flags)
{
	const reg_link_answer a = { .hello = &k->hello, .spi_in = HOME_SPI, .flags = flags };
	uint8_t out[LINK_HELLO_LEN];
	core_time now = k->now;

	now.ntp += ahead;
	sa_pair_free(k->home);
	assert_true(reg_link_build_welcome(&k->key2, &a, now, out, &k->home));
	return deliver(k, out, sizeof out);
}

/* Home answers k->hello, its clock ahead by so much. */
static relay_link_event welcome(kit *k, uint64_t ahead)
{
	return welcome_with(k, ahead, 0);
}

static relay_link_event from_home(kit *k, const wire_wr *w)
{
	dgramq q;
	const dgram_route r = { 0 };

	assert_true(dgramq_init(&q));
	uint8_t *at = reg_link_reserve(&q, wire_len(w));
	memcpy(at, w->start, wire_len(w));
	assert_true(reg_link_commit(&q, &r, k->home, 0, at, wire_len(w)));
	relay_link_event e = deliver(k, q.bytes + q.runs[0].at, q.runs[0].len);
	dgramq_free(&q);
	return e;
}

static void ping_message(kit *k, uint8_t kind, uint64_t stamp)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ kind, stamp });
	assert_int_equal(from_home(k, &w), RELAY_LINK_NO_EVENT);
}

static void pong(kit *k, uint64_t stamp)
{
	ping_message(k, LINK_PONG, stamp);
}

static kit *up(void)
{
	kit *k = start();

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	assert_true(take_kind(k, LINK_PING));
	return k;
}

/* Home has not noticed that the link was down, or has given it up: who hears it cannot tell. */
TEST(what_home_sends_under_the_former_association_ends_no_hellos)
{
	kit *k = up();

	later(k, 3000);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	dgramq_clear(&k->q);
	pong(k, k->now.ntp);
	later(k, 1000);
	assert_true(take_hello(k));
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	assert_int_equal(k->l.state, RELAY_LINK_UP);
	finish(k);
}

TEST(a_hello_a_second_until_home_answers_and_a_new_offer_after_five)
{
	kit *k = start();

	assert_int_equal(relay_link_next_timer_ms(&k->l), 0);
	relay_link_tick(&k->l, k->now);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	assert_true(take_hello(k));
	uint8_t first[LINK_HELLO_LEN];
	memcpy(first, k->octets, sizeof first);
	for (int i = 0; i < 4; i++) {
		later(k, 999);
		assert_false(take(k));
		assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1);
		later(k, 1);
		assert_true(take_hello(k));
		assert_memory_equal(k->octets, first, sizeof first);
	}
	later(k, 1000);
	assert_true(take_hello(k));
	assert_memory_not_equal(k->hello.value, first + 16, LINK_VALUE_LEN);
	assert_int_not_equal(k->hello.spi, load_be32(first + 4));
	finish(k);
}

TEST(the_link_is_up_with_homes_welcome_and_pings_once_a_second)
{
	kit *k = up();

	assert_int_equal(k->l.state, RELAY_LINK_UP);
	assert_int_equal(k->lines, 1);
	pong(k, k->now.ntp);
	assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1000);
	later(k, 999);
	assert_false(take(k));
	later(k, 1);
	assert_true(take_kind(k, LINK_PING));
	pong(k, k->now.ntp);
	assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1000);
	finish(k);
}

TEST(three_pings_without_an_answer_make_a_hello_since_home_may_have_been_restarted)
{
	kit *k = up();

	pong(k, k->now.ntp);
	for (int i = 0; i < 3; i++) {
		later(k, i == 0 ? 1000 : 200);
		assert_true(take_kind(k, LINK_PING));
	}
	later(k, 199);
	assert_false(take(k));
	later(k, 1);
	assert_int_equal(k->q.runs[0].n_segs, 2); /* the hello, and one more ping */
	assert_int_equal(k->l.state, RELAY_LINK_UP);
	dgramq_clear(&k->q);
	pong(k, k->now.ntp); /* they were lost, and home is as before */
	assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1000);
	finish(k);
}

TEST(an_offer_is_good_for_one_welcome)
{
	kit *k = up();

	assert_int_equal(welcome(k, 0), RELAY_LINK_NO_EVENT);
	assert_false(take(k));
	finish(k);
}

TEST(a_welcome_under_another_key_changes_nothing)
{
	kit *k = start();
	uint8_t other[KEY2_LEN] = { 1 };

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	assert_true(key2_set_derive(other, &k->key2)); /* home's; the relay's pointer follows */
	uint8_t out[LINK_HELLO_LEN];
	const reg_link_answer a = { .hello = &k->hello, .spi_in = HOME_SPI };
	assert_true(reg_link_build_welcome(&k->key2, &a, k->now, out, &k->home));
	assert_true(key2_set_derive(k->conf.key2, &k->key2));
	assert_int_equal(deliver(k, out, sizeof out), RELAY_LINK_NO_EVENT);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	finish(k);
}

TEST(after_three_seconds_of_silence_the_link_is_down_and_says_hello)
{
	kit *k = up();
	unsigned lines = k->lines;

	pong(k, k->now.ntp);
	for (int i = 0; i < 29; i++) {
		later(k, 100);
		dgramq_clear(&k->q);
	}
	later(k, 99);
	assert_int_equal(k->l.state, RELAY_LINK_UP);
	assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1);
	later(k, 1);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	assert_true(k->l.rtt_ms < 0);
	assert_true(take_hello(k));
	assert_int_equal(k->lines, lines + 1);
	finish(k);
}

TEST(silence_is_logged_once_for_each_link)
{
	kit *k = up();
	unsigned lines = k->lines;

	for (int i = 0; i < 20; i++) {
		later(k, 1000);
		dgramq_clear(&k->q);
	}
	assert_int_equal(k->lines, lines + 2); /* that it is down, and what may be the cause */
	later(k, 1000);
	assert_true(take_hello(k));
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	assert_int_equal(k->lines, lines + 3);
	dgramq_clear(&k->q);
	for (int i = 0; i < 5; i++)
		later(k, 1000);
	assert_int_equal(k->lines, lines + 4);
	finish(k);
}

TEST(what_the_former_association_carried_is_not_read_any_more)
{
	kit *k = up();
	sa_pair *former = k->home;

	k->home = NULL;
	for (int i = 0; i < 3; i++) {
		later(k, 1000);
		dgramq_clear(&k->q);
	}
	later(k, 1000);
	assert_true(take_hello(k));
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	sa_pair *present = k->home;
	uint8_t body[LINK_ADMIT_HDR];
	wire_wr w = wire_writer(body, sizeof body);
	link_admit_put(&w, &(link_admit){ .flags = LINK_COMPLETE });
	k->home = former;
	assert_int_equal(from_home(k, &w), RELAY_LINK_NO_EVENT);
	k->home = present;
	assert_int_equal(from_home(k, &w), RELAY_LINK_ADMISSION);
	sa_pair_free(former);
	finish(k);
}

TEST(what_is_applied_is_acknowledged)
{
	kit *k = up();
	wire_bytes body;
	uint64_t version;

	relay_link_acknowledge(&k->l, k->now, 77);
	assert_true(take(k) && reg_link_open(k->home, 0, k->msg, k->n, &body));
	wire_rd r = wire_reader(body.p, body.n);
	assert_true(link_ack_get(&r, &version));
	assert_int_equal(version, 77);
	finish(k);
}

TEST(a_pong_shows_the_round_trip)
{
	kit *k = start();

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	welcome(k, 0);
	dgramq_clear(&k->q);
	uint64_t stamp = k->now.ntp;
	k->now.ms += 500;
	k->now.ntp += 1ull << 31;
	pong(k, stamp);
	assert_true(k->l.rtt_ms > 499.9 && k->l.rtt_ms < 500.1);
	ping_message(k, LINK_PING, k->now.ntp); /* pings are the relay's to send */
	pong(k, k->now.ntp - (4ull << 32));     /* our clock was set meanwhile */
	pong(k, k->now.ntp + (1ull << 32));
	assert_true(k->l.rtt_ms > 499.9 && k->l.rtt_ms < 500.1);
	pong(k, k->now.ntp - (2ull << 32));
	assert_true(k->l.rtt_ms > 1999 && k->l.rtt_ms < 2001);
	finish(k);
}

static void unknown_spi(kit *k, uint32_t spi)
{
	uint8_t out[CTL_UNKNOWN_SPI_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	ctl_unknown_spi_put(&w, spi);
	deliver(k, out, wire_len(&w));
}

TEST(an_unknown_spi_of_ours_makes_one_hello_a_second)
{
	kit *k = up();

	pong(k, k->now.ntp);
	later(k, 500);
	unknown_spi(k, HOME_SPI);
	assert_false(take(k)); /* the last hello was half a second ago */
	later(k, 499);
	unknown_spi(k, HOME_SPI);
	assert_false(take(k));
	later(k, 1);
	dgramq_clear(&k->q);
	unknown_spi(k, HOME_SPI + 1);
	assert_false(take(k)); /* of no association of ours */
	unknown_spi(k, HOME_SPI);
	assert_true(take_hello(k));
	assert_int_equal(k->l.state, RELAY_LINK_UP); /* until home is silent */
	unknown_spi(k, HOME_SPI);
	assert_false(take(k));
	later(k, 1000);
	assert_true(k->q.n_runs > 0); /* and goes on until it is answered */
	finish(k);
}

TEST(a_refusal_counts_for_the_hello_that_was_sent_and_is_logged_once)
{
	kit *k = start();
	uint8_t out[LINK_REFUSED_LEN], auth[LINK_AUTH_LEN];
	wire_wr w;

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	for (int other = -1; other <= 1; other += 2) { /* a lower and a higher one */
		memcpy(auth, k->hello.auth.p, sizeof auth);
		auth[15] = (uint8_t)(auth[15] + other);
		w = wire_writer(out, sizeof out);
		link_refused_put(&w, auth);
		deliver(k, out, wire_len(&w));
		assert_int_equal(k->lines, 0);
	}
	w = wire_writer(out, sizeof out);
	link_refused_put(&w, k->hello.auth.p);
	deliver(k, out, wire_len(&w));
	deliver(k, out, wire_len(&w));
	assert_int_equal(k->lines, 1);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	finish(k);
}

TEST(a_home_of_another_version_is_logged_once_and_changes_nothing)
{
	kit *k = start();
	uint8_t old[72] = { LINK_WELCOME, 1 };

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	for (int i = 0; i < 3; i++)
		assert_int_equal(deliver(k, old, sizeof old), RELAY_LINK_NO_EVENT);
	assert_int_equal(k->lines, 1);
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	finish(k);
}

/* So long that its keys are to be renewed. */
static kit *worn(void)
{
	kit *k = up();

	for (uint64_t i = 0; i < REG_LINK_RENEW_MS / 1000 - 1; i++) {
		later(k, 1000);
		assert_true(take_kind(k, LINK_PING));
		pong(k, k->now.ntp);
	}
	later(k, 999);
	assert_false(take(k));
	assert_int_equal(relay_link_next_timer_ms(&k->l), k->now.ms + 1);
	return k;
}

/* What is queued, beside the ping that is due at the same time. */
static bool take_hello_beside(kit *k)
{
	for (uint32_t i = 0; i < k->q.n_runs; i++) {
		const dgram_run *r = &k->q.runs[i];
		if (r->seg != LINK_HELLO_LEN || k->q.bytes[r->at] != LINK_HELLO)
			continue;
		memcpy(k->octets, k->q.bytes + r->at, LINK_HELLO_LEN);
		dgramq_clear(&k->q);
		return link_hello_get(k->octets, LINK_HELLO_LEN, &k->hello) &&
		       reg_link_verify_hello(&k->key2, &k->hello);
	}
	dgramq_clear(&k->q);
	return false;
}

static relay_link_event admit_from_home(kit *k)
{
	uint8_t body[LINK_ADMIT_HDR];
	wire_wr w = wire_writer(body, sizeof body);

	link_admit_put(&w, &(link_admit){ .flags = LINK_COMPLETE });
	return from_home(k, &w);
}

TEST(keys_are_renewed_in_time_and_homes_list_goes_on)
{
	kit *k = worn();
	unsigned lines = k->lines;

	later(k, 1);
	assert_true(take_hello_beside(k));
	assert_int_equal(k->hello.flags, LINK_CONTINUES);
	sa_pair *former = k->home;
	k->home = NULL;
	assert_int_equal(welcome_with(k, 0, LINK_CONTINUES), RELAY_LINK_NO_EVENT);
	assert_int_equal(k->l.state, RELAY_LINK_UP);
	assert_true(take_kind(k, LINK_PING)); /* under the new keys, at once */
	assert_int_equal(admit_from_home(k), RELAY_LINK_ADMISSION);
	sa_pair *present = k->home;
	k->home = former; /* home has not had that ping yet */
	assert_int_equal(admit_from_home(k), RELAY_LINK_ADMISSION);
	later(k, 3000); /* then the former keys are gone */
	dgramq_clear(&k->q);
	assert_int_equal(admit_from_home(k), RELAY_LINK_NO_EVENT);
	k->home = present;
	sa_pair_free(former);
	assert_int_equal(k->lines, lines + 1); /* it was silent for three seconds in this test */
	finish(k);
}

TEST(renewing_goes_on_until_it_is_answered)
{
	kit *k = worn();

	later(k, 1);
	assert_true(take_hello_beside(k));
	for (int i = 0; i < 10; i++) {
		pong(k, k->now.ntp);
		later(k, 1000);
		assert_true(take_hello_beside(k));
	}
	welcome_with(k, 0, LINK_CONTINUES);
	dgramq_clear(&k->q);
	pong(k, k->now.ntp);
	later(k, 1000);
	assert_false(take_hello_beside(k));
	finish(k);
}

TEST(a_home_that_was_restarted_meanwhile_begins_its_list_again)
{
	kit *k = worn();

	later(k, 1);
	assert_true(take_hello_beside(k));
	sa_pair *former = k->home;
	k->home = NULL;
	assert_int_equal(welcome(k, 0), RELAY_LINK_NEW);
	sa_pair *present = k->home;
	k->home = former;
	assert_int_equal(admit_from_home(k), RELAY_LINK_NO_EVENT);
	k->home = present;
	sa_pair_free(former);
	finish(k);
}

/* Home may say so only if it was asked: after silence its list begins again. */
TEST(a_list_does_not_go_on_where_the_relay_did_not_offer_it)
{
	kit *k = start();

	relay_link_tick(&k->l, k->now);
	assert_true(take_hello(k));
	assert_int_equal(k->hello.flags, 0);
	assert_int_equal(welcome_with(k, 0, LINK_CONTINUES), RELAY_LINK_NEW);
	finish(k);
}

TEST(an_offer_to_go_on_ends_with_the_link)
{
	kit *k = worn();

	later(k, 1);
	assert_true(take_hello_beside(k));
	for (int i = 0; i < 3; i++) {
		later(k, 1000);
		assert_true(take_hello_beside(k));
	}
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	assert_int_equal(k->hello.flags, 0);
	finish(k);
}

TEST(keys_that_nobody_renews_end_the_link)
{
	kit *k = worn();

	for (uint64_t i = 0; i <= (REG_LINK_END_MS - REG_LINK_RENEW_MS) / 1000 + 3; i++) {
		later(k, 1000);
		dgramq_clear(&k->q);
		if (k->now.ms < k->home->born_ms + REG_LINK_END_MS)
			pong(k, k->now.ntp);
	}
	assert_int_equal(k->l.state, RELAY_LINK_ASKING);
	assert_null(k->l.set.pairs);
	finish(k);
}

RUN(T(what_home_sends_under_the_former_association_ends_no_hellos),
    T(a_hello_a_second_until_home_answers_and_a_new_offer_after_five),
    T(the_link_is_up_with_homes_welcome_and_pings_once_a_second),
    T(three_pings_without_an_answer_make_a_hello_since_home_may_have_been_restarted),
    T(an_offer_is_good_for_one_welcome), T(a_welcome_under_another_key_changes_nothing),
    T(after_three_seconds_of_silence_the_link_is_down_and_says_hello),
    T(silence_is_logged_once_for_each_link),
    T(what_the_former_association_carried_is_not_read_any_more), T(what_is_applied_is_acknowledged),
    T(a_pong_shows_the_round_trip), T(an_unknown_spi_of_ours_makes_one_hello_a_second),
    T(a_refusal_counts_for_the_hello_that_was_sent_and_is_logged_once),
    T(a_home_of_another_version_is_logged_once_and_changes_nothing),
    T(keys_are_renewed_in_time_and_homes_list_goes_on), T(renewing_goes_on_until_it_is_answered),
    T(a_home_that_was_restarted_meanwhile_begins_its_list_again),
    T(a_list_does_not_go_on_where_the_relay_did_not_offer_it),
    T(an_offer_to_go_on_ends_with_the_link), T(keys_that_nobody_renews_end_the_link))
