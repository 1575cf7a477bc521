/* SPDX-License-Identifier: MIT */
/* sim_relay_hostile.c - somebody between client and relay, and a relay that is not to be trusted. */
#include "world.h"
#include "core/reg/relay.h"

/* Somebody on the path answers each request of the client's with this code, in the relay's name. */
static uint8_t forged_code;

static void forge(world *w, const uint8_t *request, uint8_t out[MIP_REPLY_LEN])
{
	wire_rd r = wire_reader(request, MIP_REQUEST_LEN);
	mip_request q;

	(void)w;
	assert_true(mip_request_get(&r, &q));
	assert_int_equal(reg_refusal_build(&q, forged_code, out), MIP_REPLY_LEN);
}

static bool answer_falsely(world *w, direction to, uint8_t *p, size_t n)
{
	uint8_t out[MIP_REPLY_LEN];

	if (to != TO_HOME || dgram_classify(p, n) != DGRAM_REQUEST)
		return true;
	forge(w, p, out);
	world_send_to_client(w, w->n_socks, out, sizeof out); /* by the newest path: the relay's */
	return true;
}

TEST(forged_refusals_do_not_keep_a_client_out)
{
	const uint8_t codes[] = { 66, 67, 69, 70, 78, 128, 131, 133, 134 };

	for (size_t i = 0; i < COUNT(codes); i++) {
		world *w = world_ready(world_relay_alone);
		forged_code = codes[i];
		w->watch = answer_falsely;
		world_plug(w, 1);
		assert_true(world_until(w, CLIENT_REGISTERED, 5000));
		uint64_t home = world_home_time(w).ntp, now_ms = world_client_time(w).ms;
		uint64_t known = ident_home_ntp(&w->saved_client.clock, now_ms);
		assert_in_range(known, home - (1ull << 32),
				home + (1ull << 32)); /* no stranger's */
		w->watch = NULL;
		world_free(w);
	}
}

TEST(a_forged_consent_registers_nobody)
{
	world *w = world_ready(world_relay_alone);

	w->relays[0].cut = true;
	forged_code = MIP_ACCEPTED;
	w->watch = answer_falsely;
	world_plug(w, 1);
	assert_false(world_until(w, CLIENT_REGISTERED, 3000));
	world_free(w);
}

/* A relay of the attacker's: takes all, answers each request with a code it signs with KEY3, which it has. */
static bool lying_relay(world *w, direction to, uint8_t *p, size_t n)
{
	reg_scan s;
	uint8_t out[MIP_MAX_MESSAGE], key3[KEY3_LEN];

	if (to != TO_HOME || world_kind(w) != PATH_RELAY)
		return true;
	if (dgram_classify(p, n) != DGRAM_REQUEST || !reg_scan_message(p, n, &s) ||
	    !s.mobile_foreign.present)
		return false; /* everything else it swallows */
	assert_true(reg_derive_key3(w->cconf.key0, "dmz1", key3));
	const reg_relay_refusal f = { .request = &s.request,
				      .request_len = n,
				      .code = forged_code,
				      .identification = s.request.identification + (3600ull << 32),
				      .name = "dmz1",
				      .spi = s.mobile_foreign.spi,
				      .key = key3 };
	world_send_to_client(w, w->n_socks, out, reg_relay_refusal_build(&f, out));
	return false;
}

TEST(a_relay_that_lies_is_left_for_the_direct_path)
{
	const uint8_t codes[] = { 65, 66, 67, 78, 133 };

	for (size_t i = 0; i < COUNT(codes); i++) {
		world *w = world_ready(world_relay_first);
		forged_code = codes[i];
		w->watch = lying_relay;
		world_plug(w, 1);
		assert_true(world_until(w, CLIENT_REGISTERED, 10000));
		assert_int_equal(world_kind(w), PATH_DIRECT);
		world_run(w, 60000);
		assert_int_equal(w->state, CLIENT_REGISTERED);
		w->watch = NULL;
		world_free(w);
	}
}

/* The latest identification that the client has signed, in seconds before home's time. */
static int64_t most_ahead_s;

static bool collecting_relay(world *w, direction to, uint8_t *p, size_t n)
{
	reg_scan s;

	if (to == TO_HOME && reg_scan_message(p, n, &s) && !s.is_reply && !s.asks_time) {
		int64_t ahead = (int64_t)(s.request.identification >> 32) -
				(int64_t)(world_home_time(w).ntp >> 32);
		most_ahead_s = ahead > most_ahead_s ? ahead : most_ahead_s;
	}
	return lying_relay(w, to, p, n);
}

/* A relay that states a time of its own would get registrations that home accepts later, at a time of its choice. */
TEST(a_relay_collects_no_registrations_from_the_future)
{
	world *w = world_ready(world_relay_alone);

	forged_code = MIP_HA_IDENT_MISMATCH;
	most_ahead_s = 0;
	w->watch = collecting_relay;
	world_plug(w, 1);
	world_run(w, 120000);
	assert_in_range(most_ahead_s, 0, IDENT_TOLERANCE_S);
	w->watch = NULL;
	assert_true(world_until(w, CLIENT_REGISTERED, 40000));
	world_free(w);
}

static uint8_t recorded[64][MIP_MAX_MESSAGE];
static size_t lengths[64];
static unsigned n_recorded;

static bool record(world *w, direction to, uint8_t *p, size_t n)
{
	reg_scan s;

	(void)w;
	if (to == TO_HOME && n_recorded < 64 && reg_scan_message(p, n, &s) && !s.is_reply &&
	    !s.asks_time) {
		memcpy(recorded[n_recorded], p, n);
		lengths[n_recorded++] = n;
	}
	return true;
}

static void replay_all(world *w)
{
	for (unsigned i = 0; i < n_recorded; i++) {
		const dgram_in d = { .sock = 1,
				     .from = { .addr = ip4(100, 64, 7, 7), .port = 4500 },
				     .local = w->relays[0].at.addr,
				     .p = recorded[i],
				     .n = lengths[i] };
		relay_core_from_client(w->relays[0].core, world_relay_time(w, 0), &d);
	}
	world_collect(w);
}

/* Questions for the time do, and home answers none twice. */
TEST(recorded_requests_never_go_inwards_again_not_even_after_a_restart)
{
	world *w = world_ready(world_relay_alone);

	n_recorded = 0;
	w->watch = record;
	world_up(w, 1);
	for (int i = 0; i < 5; i++) {
		client_core_roam(w->client, world_client_time(w));
		world_collect(w);
		world_run(w, 500);
	}
	assert_true(n_recorded >= 5);
	w->watch = NULL;
	uint64_t inwards = w->relays[0].inwards;
	replay_all(w);
	assert_int_equal(w->relays[0].inwards, inwards);
	assert_true(world_relay(w, 0).denied_replay > 0);
	world_stop_relay(w, 0); /* it forgets; home lists what is used up */
	world_start_relay(w, 0);
	world_run(w, 500);
	inwards = w->relays[0].inwards;
	replay_all(w);
	assert_int_equal(w->relays[0].inwards, inwards);
	world_restart_home(w);
	world_run(w, 3000);
	inwards = w->relays[0].inwards;
	replay_all(w);
	assert_int_equal(w->relays[0].inwards, inwards);
	world_free(w);
}

static bool change_inside(world *w, direction to, uint8_t *p, size_t n)
{
	(void)w, (void)to;
	if (n > 60 && dgram_classify(p, n) == DGRAM_ESP && p[0] >= 0x20)
		p[n / 2] ^= 1;
	return true;
}

TEST(what_is_changed_on_the_way_is_dropped_at_the_ends)
{
	world *w = world_ready(world_relay_alone);

	world_up(w, 1);
	world_traffic(w, 1000, 100);
	world_run(w, 500);
	uint64_t before = world_home(w).inbound.auth;
	w->watch = change_inside;
	world_run(w, 300);
	w->watch = NULL;
	assert_true(world_home(w).inbound.auth > before);
	world_run(w, 3000);
	world_account(w);
	world_run(w, 1000);
	assert_int_equal(w->state, CLIENT_REGISTERED);
	assert_true(w->up.received > 900);
	world_free(w);
}

RUN(T(forged_refusals_do_not_keep_a_client_out), T(a_forged_consent_registers_nobody),
    T(a_relay_that_lies_is_left_for_the_direct_path),
    T(a_relay_collects_no_registrations_from_the_future),
    T(recorded_requests_never_go_inwards_again_not_even_after_a_restart),
    T(what_is_changed_on_the_way_is_dropped_at_the_ends))
