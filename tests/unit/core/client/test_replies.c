/* SPDX-License-Identifier: MIT */
#include "client_kit.h"
#include "core/reg/auth_ext.h"

static const char *const relay_name = "r1";

/* A direct path and one by a relay, with an association; no request is under way. */
static void start(kit *k, const char *name)
{
	const uplink u = cafe();

	kit_prepare(k);
	k->conf.relays[0].at = (endpoint){ .addr = ip4(203, 0, 113, 9), .port = 4500 };
	strcpy(k->conf.relays[0].name, name);
	k->conf.n_relays = 1;
	kit_make(k);
	kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	client_requests_wipe(&k->c->requests);
	dgramq_clear(&k->tx);
}

static client_path *direct(const kit *k)
{
	return client_paths_next(&k->c->paths, NULL);
}

static client_path *relayed(const kit *k)
{
	return client_paths_next(&k->c->paths, direct(k));
}

/* A request over that path, the last one so far. */
static client_request ask(kit *k, uint64_t ms, client_path *p, client_purpose purpose)
{
	const client_requests *r = &k->c->requests;

	assert_true(client_requests_send(&k->c->requests, after(ms), p, purpose));
	dgramq_clear(&k->tx);
	return r->under_way[(r->next - 1) % CLIENT_REQUESTS];
}

static void deliver(kit *k, uint64_t ms, const client_path *p, uint8_t *msg, size_t n)
{
	const dgram_in d = { .sock = p->sock, .from = p->remote, .p = msg, .n = n };

	assert_true(n > 0);
	client_core_datagram(k->c, after(ms), &d);
}

/* Home's reply to q as the client gets it over that path; by a relay, with the relay's signature under key3. */
static void reply(kit *k, uint64_t ms, const client_path *p, const client_request *q,
		  const reg_reply *r, const reg_key3 *key3)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	reg_reply full = *r;

	full.pseudonym = k->conf.spi;
	if (!full.identification)
		full.identification = q->offer.request_id;
	size_t n = reg_reply_build(&k->c->credential.keys, &full, msg);
	if (key3)
		n = reg_auth_add(msg, n, sizeof msg, MIP_EXT_MOBILE_FOREIGN, key3->spi, key3->key);
	deliver(k, ms, p, msg, n);
}

static const reg_reply granted = { .lifetime_s = 600 };

TEST(homes_grant_brings_a_binding_and_the_next_pseudonym)
{
	kit k;
	const reg_reply r = { .lifetime_s = 600, .next_pseudonym = 0x3badcafe };

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	reply(&k, 40, direct(&k), &q, &r, NULL);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_int_equal(client_credential_spi(&k.c->credential), 0x3badcafe);
	assert_int_equal(k.saved.pseudonym, 0x3badcafe);
	assert_true(direct(&k)->answering);
	assert_true(direct(&k)->rtt_is_rough);
	assert_in_range(direct(&k)->rtt_us, 39900, 40100);
	kit_end(&k);
}

TEST(only_the_notice_of_a_wrong_group_changes_the_group)
{
	for (uint16_t reason = NOTIFY_NO_PROPOSAL; reason < NOTIFY_N_REASONS; reason++) {
		kit k;
		const reg_reply r = { .code = MIP_HA_PROHIBITED,
				      .notify = { .reason = reason, .data = DH_P256 } };
		start(&k, relay_name);
		const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
		reply(&k, 40, direct(&k), &q, &r, NULL);
		assert_int_equal(k.c->registration.state, reason == NOTIFY_WRONG_GROUP
								  ? CLIENT_REG_REQUESTING
								  : CLIENT_REG_REFUSED);
		kit_end(&k);
	}
}

TEST(a_grant_without_simultaneous_bindings_is_one)
{
	kit k;
	const reg_reply r = { .code = MIP_ACCEPTED_NO_SIMULTANEOUS, .lifetime_s = 600 };

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	reply(&k, 40, direct(&k), &q, &r, NULL);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	kit_end(&k);
}

TEST(a_reply_answers_the_request_with_its_whole_identification_alone)
{
	kit k;
	reg_reply r = granted;

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	r.identification = q.offer.request_id + (1ull << 32); /* the lower half is right */
	reply(&k, 40, direct(&k), &q, &r, NULL);
	r.identification = q.offer.request_id + 1;
	reply(&k, 40, direct(&k), &q, &r, NULL);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

/* A reply under another client's key, with that code. */
static void reply_of_stranger(kit *k, uint64_t ms, const client_request *q, uint8_t code)
{
	uint8_t msg[MIP_MAX_MESSAGE], other[KEY0_LEN] = { 8 };
	const reg_reply r = { .code = code,
			      .lifetime_s = 600,
			      .identification = q->offer.request_id,
			      .pseudonym = k->conf.spi };
	key0_set keys;

	assert_true(key0_set_derive(other, &keys));
	deliver(k, ms, direct(k), msg, reg_reply_build(&keys, &r, msg));
}

TEST(what_is_not_authentic_is_a_hint_if_it_refuses_and_nothing_if_it_accepts)
{
	kit k;

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	reply_of_stranger(&k, 40, &q, MIP_ACCEPTED);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_int_equal(k.c->registration.bare, 0);
	reply_of_stranger(&k, 40, &q, MIP_FA_UNSPECIFIED);
	assert_int_equal(k.c->registration.bare, 1);
	reply_of_stranger(&k, 40, &q, MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(k.c->registration.bare, 2);
	assert_false(direct(&k)->answering);
	kit_end(&k);
}

TEST(a_refusal_on_the_home_link_that_is_not_authentic_counts_nowhere)
{
	kit k;

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_HOME_LINK);
	reply_of_stranger(&k, 40, &q, MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(k.c->registration.bare, 0);
	kit_end(&k);
}

static reg_reply homes_time(const client_request *q, uint64_t ahead_s)
{
	return (reg_reply){ .code = MIP_HA_IDENT_MISMATCH,
			    .identification = q->offer.request_id + (ahead_s << 32) };
}

/* Identifications are taken from a clock that is so much ahead of ours. */
static bool is_at(kit *k, uint64_t ahead_s)
{
	uint64_t id = client_credential_next_id(&k->c->credential, after(0));
	uint64_t home = start_time.ntp + (ahead_s << 32), tolerance = 4ull << 32;

	return id > home - tolerance && id < home + tolerance;
}

TEST(home_sets_the_clock_and_the_registration_is_repeated_at_once)
{
	kit k;

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	const reg_reply r = homes_time(&q, 3600);
	reply(&k, 40, direct(&k), &q, &r, NULL);
	assert_int_equal(k.tx.n_runs, 1);
	assert_true(is_at(&k, 3600));
	kit_end(&k);
}

TEST(while_homes_time_is_not_known_a_question_for_it_is_all_that_is_sent)
{
	kit k;
	reg_scan s;
	dgram_in d;

	start(&k, relay_name);
	k.c->credential.clock = (ident_clock){ 0 };
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	assert_true(q.asks_time);
	assert_int_equal(q.offer.spi, 0);
	const reg_reply consent = { .code = MIP_ACCEPTED,
				    .lifetime_s = 600,
				    .identification = q.offer.request_id };
	reply(&k, 40, direct(&k), &q, &consent, NULL); /* none that home would send */
	assert_false(client_binding_exists(&k.c->binding));
	dgramq_clear(&k.tx);
	const reg_reply r = { .code = MIP_HA_IDENT_MISMATCH,
			      .identification = (start_time.ntp & ~0xffffffffull) |
						(uint32_t)q.offer.request_id };
	reply(&k, 50, direct(&k), &q, &r, NULL);
	assert_true(is_at(&k, 0));
	assert_int_equal(k.tx.n_runs, 1);
	d = (dgram_in){ .p = k.tx.bytes + k.tx.runs[0].at, .n = k.tx.runs[0].len };
	assert_true(reg_scan_message(d.p, d.n, &s));
	assert_false(s.asks_time);
	kit_end(&k);
}

TEST(a_standby_registration_with_a_wrong_clock_is_repeated_on_its_own_path)
{
	kit k;

	start(&k, relay_name);
	client_standby_reset(&k.c->standby, relayed(&k)->slot);
	const client_request q = ask(&k, 0, relayed(&k), CLIENT_FOR_STANDBY);
	const reg_reply r = homes_time(&q, 3600);
	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_int_equal(client_standby_next_timer_ms(&k.c->standby), after(40).ms);
	assert_true(is_at(&k, 3600));
	assert_int_equal(k.c->registration.at_once, 0);
	kit_end(&k);
}

TEST(a_check_of_the_home_link_with_a_wrong_clock_is_repeated_there)
{
	kit k;
	client_path *p;

	start(&k, relay_name);
	p = direct(&k);
	k.c->home_link.of[p->slot].check = CLIENT_HOME_CHECKING;
	const client_request q = ask(&k, 0, p, CLIENT_FOR_HOME_LINK);
	const reg_reply r = homes_time(&q, 3600);
	reply(&k, 40, p, &q, &r, NULL);
	assert_int_equal(client_home_link_next_timer_ms(&k.c->home_link), after(40).ms);
	assert_int_equal(k.c->registration.at_once, 0);
	kit_end(&k);
}

/* --- standby registrations --- */

/* Standby paths are registered there; active: what they are standbys of works. */
static client_request ask_standby(kit *k)
{
	start(k, relay_name);
	client_paths_heard(direct(k), start_time.ms);
	k->c->registration.state = CLIENT_REG_GRANTED;
	client_standby_reset(&k->c->standby, relayed(k)->slot);
	return ask(k, 0, relayed(k), CLIENT_FOR_STANDBY);
}

static unsigned n_echoes;
static void count_echoes(kit *k, core_time now, const client_path *p, const esp_opened *o, size_t n)
{
	(void)now, (void)n;
	n_echoes += o->next_header == ESP_NEXT_CTL && p == relayed(k);
}

TEST(a_standby_grant_admits_the_path_for_its_lifetime_and_measures_it)
{
	kit k;
	const client_request q = ask_standby(&k);
	const client_path *p = relayed(&k);

	reply(&k, 40, p, &q, &granted, &q.key3);
	assert_true(client_admission_is_open(&k.c->admission, p, after(40 + 599999).ms));
	assert_false(client_admission_is_open(&k.c->admission, p, after(40 + 600000).ms));
	assert_int_equal(client_standby_next_timer_ms(&k.c->standby), after(40 + 420000).ms);
	assert_true(p->answering);
	n_echoes = 0;
	kit_collect(&k, after(40), count_echoes);
	assert_int_equal(n_echoes, 1);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	kit_end(&k);
}

TEST(a_standby_without_association_at_home_changes_nothing_and_another_refusal_fails_the_path)
{
	kit k;
	const client_request q = ask_standby(&k);
	reg_reply r = { .code = MIP_HA_UNSPECIFIED };

	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_false(relayed(&k)->failed);
	r.code = MIP_HA_PROHIBITED;
	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_true(relayed(&k)->failed);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	kit_end(&k);
}

/* --- by a relay --- */

static client_request ask_by_relay(kit *k, const char *name)
{
	start(k, name);
	client_paths_set_active(&k->c->paths, relayed(k));
	return ask(k, 0, relayed(k), CLIENT_FOR_REGISTRATION);
}

TEST(a_reply_by_a_relay_has_to_be_the_relays_as_well)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);
	reg_key3 other = q.key3;

	reply(&k, 40, relayed(&k), &q, &granted, NULL);
	other.key[0]++;
	reply(&k, 40, relayed(&k), &q, &granted, &other);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	reply(&k, 40, relayed(&k), &q, &granted, &q.key3);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_true(client_admission_is_open(&k.c->admission, relayed(&k), after(600039).ms));
	assert_true(client_standby_next_timer_ms(&k.c->standby) == NEVER);
	kit_end(&k);
}

TEST(the_key_that_home_sends_signs_the_reply_that_brings_it)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);
	reg_reply r = granted;

	r.key3.spi = 0x5000;
	memset(r.key3.key, 0x55, sizeof r.key3.key);
	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	reply(&k, 40, relayed(&k), &q, &r, &r.key3);
	assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
	assert_int_equal(ask(&k, 50, relayed(&k), CLIENT_FOR_REGISTRATION).key3.spi, 0x5000);
	kit_end(&k);
}

TEST(a_request_that_went_directly_is_not_answered_by_a_relay)
{
	kit k;

	start(&k, relay_name);
	const client_request q = ask(&k, 0, direct(&k), CLIENT_FOR_REGISTRATION);
	const client_request of_relay = ask(&k, 0, relayed(&k), CLIENT_FOR_REGISTRATION);
	reply(&k, 40, relayed(&k), &q, &granted, &of_relay.key3);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(a_relay_that_home_does_not_know_is_left)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);
	const reg_reply r = { .code = MIP_HA_FA_FAILED_AUTH };

	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_true(relayed(&k)->failed);
	assert_ptr_equal(k.c->paths.active, direct(&k));
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	kit_end(&k);
}

TEST(what_home_refuses_by_a_relay_is_not_the_relays_fault)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);
	const reg_reply r = { .code = MIP_HA_TOO_MANY_BINDINGS };

	reply(&k, 40, relayed(&k), &q, &r, &q.key3);
	assert_false(relayed(&k)->failed);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REFUSED);
	kit_end(&k);
}

/* What a relay itself answers; key NULL: without a signature. */
static void refuse(kit *k, uint64_t ms, const client_request *q, uint8_t code, const char *name,
		   const uint8_t *key)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	const mip_request of_client = { .home_agent = ip4(203, 0, 113, 2) };
	const reg_relay_refusal f = { .request = &of_client,
				      .request_len = MIP_MAX_MESSAGE,
				      .code = code,
				      .identification = q->offer.request_id,
				      .name = name,
				      .spi = q->key3.spi,
				      .key = key };

	deliver(k, ms, relayed(k), msg, reg_relay_refusal_build(&f, msg));
}

TEST(a_signed_refusal_of_a_relay_ends_its_admission)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);

	client_admission_grant(&k.c->admission, relayed(&k), NEVER, &(reg_key3){ 0 });
	refuse(&k, 40, &q, MIP_FA_RESOURCES, relay_name, q.key3.key);
	assert_true(relayed(&k)->failed);
	assert_false(client_admission_was_granted(&k.c->admission, relayed(&k)));
	kit_end(&k);
}

TEST(a_relay_alone_accepts_nobody)
{
	kit k;
	const client_request q = ask_by_relay(&k, relay_name);

	for (unsigned code = 0; code < MIP_FA_UNSPECIFIED; code += 63)
		refuse(&k, 40, &q, (uint8_t)code, relay_name, q.key3.key);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_false(relayed(&k)->failed);
	refuse(&k, 40, &q, MIP_FA_UNSPECIFIED, relay_name, q.key3.key);
	assert_true(relayed(&k)->failed);
	kit_end(&k);
}

TEST(a_refusal_that_no_relay_signed_ends_an_attempt_but_no_admission)
{
	kit k;
	client_request q = ask_by_relay(&k, relay_name);

	client_admission_grant(&k.c->admission, relayed(&k), after(1000).ms, &(reg_key3){ 0 });
	refuse(&k, 40, &q, MIP_FA_RESOURCES, relay_name, NULL);
	assert_false(relayed(&k)->failed);
	assert_true(client_admission_was_granted(&k.c->admission, relayed(&k)));
	refuse(&k, 1000, &q, MIP_FA_RESOURCES, relay_name, NULL); /* it is over */
	assert_true(relayed(&k)->failed);
	kit_end(&k);
}

TEST(a_relay_that_gives_its_name_is_asked_again_by_that_name)
{
	kit k;
	const client_request q = ask_by_relay(&k, "");

	assert_int_equal(q.key3.spi, 0);
	refuse(&k, 40, &q, MIP_FA_MN_FAILED_AUTH, relay_name, NULL);
	assert_int_equal(k.tx.n_runs, 1);
	const client_request again = ask(&k, 50, relayed(&k), CLIENT_FOR_REGISTRATION);
	assert_int_equal(again.key3.spi, k.conf.spi);
	assert_int_equal(k.c->registration.bare, 0);
	refuse(&k, 60, &again, MIP_FA_MN_FAILED_AUTH, relay_name, NULL); /* it was known */
	assert_int_equal(k.tx.n_runs, 0);
	assert_int_equal(k.c->registration.bare, 1);
	kit_end(&k);
}

TEST(a_relay_that_lost_the_key_of_a_registration_is_asked_again_with_that_of_the_credential)
{
	kit k;
	reg_key3 key3 = { .spi = 0x5000 };

	start(&k, relay_name);
	client_paths_set_active(&k.c->paths, relayed(&k));
	client_admission_grant(&k.c->admission, relayed(&k), after(1).ms, &key3);
	const client_request q = ask(&k, 10, relayed(&k), CLIENT_FOR_REGISTRATION);
	assert_int_equal(q.key3.spi, 0x5000);
	refuse(&k, 40, &q, MIP_FA_MN_FAILED_AUTH, relay_name, NULL);
	assert_int_equal(k.tx.n_runs, 1);
	assert_int_equal(ask(&k, 50, relayed(&k), CLIENT_FOR_REGISTRATION).key3.spi, k.conf.spi);
	assert_int_equal(k.c->registration.bare, 0);
	kit_end(&k);
}

TEST(a_standby_that_a_relay_cannot_verify_does_not_count_against_the_registration)
{
	kit k;
	const client_request q = ask_standby(&k);

	k.c->registration.state = CLIENT_REG_REQUESTING;
	refuse(&k, 40, &q, MIP_FA_MN_FAILED_AUTH, relay_name, NULL);
	assert_int_equal(k.c->registration.bare, 0);
	kit_end(&k);
}

TEST(a_relay_refuses_nothing_that_went_to_another_relay)
{
	kit k;
	const uplink u = cafe();

	kit_prepare(&k);
	for (uint8_t i = 0; i < 2; i++)
		k.conf.relays[i].at = (endpoint){ .addr = ip4(203, 0, 113, 9 + i), .port = 4500 };
	k.conf.n_relays = 2;
	kit_make(&k);
	kit_plug(&k, &u, 1);
	client_path *second = client_paths_next(&k.c->paths, relayed(&k));
	const client_request q = ask(&k, 0, second, CLIENT_FOR_REGISTRATION);
	refuse(&k, 40, &q, MIP_FA_RESOURCES, relay_name, NULL); /* it comes over the first */
	assert_false(relayed(&k)->failed || second->failed);
	assert_int_equal(k.c->registration.bare, 1);
	kit_end(&k);
}

TEST(a_relay_states_no_time_not_even_under_its_signature)
{
	kit k;
	client_request q = ask_by_relay(&k, relay_name), later = q;

	later.offer.request_id += 3600ull << 32;
	refuse(&k, 40, &later, MIP_HA_IDENT_MISMATCH, relay_name, q.key3.key);
	assert_true(is_at(&k, 0));
	assert_false(relayed(&k)->failed);
	assert_int_equal(k.tx.n_runs, 0);
	refuse(&k, 40, &later, MIP_HA_IDENT_MISMATCH, relay_name, NULL);
	assert_true(is_at(&k, 0));
	kit_end(&k);
}

TEST(a_request_that_comes_back_is_no_reply)
{
	kit k;

	start(&k, relay_name);
	assert_true(client_requests_send(&k.c->requests, after(0), direct(&k),
					 CLIENT_FOR_REGISTRATION));
	uint8_t msg[MIP_MAX_MESSAGE];
	size_t n = k.tx.runs[0].len;
	memcpy(msg, k.tx.bytes + k.tx.runs[0].at, n);
	dgramq_clear(&k.tx);
	deliver(&k, 40, direct(&k), msg, n);
	assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
	assert_int_equal(k.c->registration.bare, 0);
	kit_end(&k);
}

/* A direct path and two by relays, with an association. */
static void start_with_two_relays(kit *k, client_path *p[2])
{
	const uplink u = cafe();

	kit_prepare(k);
	for (uint8_t i = 0; i < 2; i++) {
		reg_relay *r = &k->conf.relays[i];
		r->at = (endpoint){ .addr = ip4(203, 0, 113, 9 + i), .port = 4500 };
		strcpy(r->name, i ? "r2" : "r1");
	}
	k->conf.n_relays = 2;
	kit_make(k);
	kit_plug(k, &u, 1);
	kit_associate(k, start_time, 0x1000, 3600);
	p[0] = relayed(k);
	p[1] = client_paths_next(&k->c->paths, relayed(k));
}

TEST(a_standby_that_is_granted_is_measured_whichever_it_is)
{
	for (unsigned standby = 0; standby < 2; standby++) {
		kit k;
		client_path *p[2];
		start_with_two_relays(&k, p);
		client_paths_set_active(&k.c->paths, p[!standby]);
		client_paths_heard(p[!standby], start_time.ms);
		k.c->registration.state = CLIENT_REG_GRANTED;
		const client_request q = ask(&k, 0, p[standby], CLIENT_FOR_STANDBY);
		reply(&k, 40, p[standby], &q, &granted, &q.key3);
		bool measured = false;
		for (uint32_t n = 0; n < k.tx.n_runs; n++)
			measured |= k.tx.runs[n].route.sock == p[standby]->sock;
		assert_true(measured);
		kit_end(&k);
	}
}

/* Both relays hold a key of ours: a reply is of the one that the request went to. */
TEST(a_request_that_went_to_one_relay_is_not_answered_by_another)
{
	for (unsigned over = 0; over < 2; over++) {
		kit k;
		client_path *p[2];
		start_with_two_relays(&k, p);
		const client_request q = ask(&k, 0, p[!over], CLIENT_FOR_REGISTRATION);
		reply(&k, 40, p[over], &q, &granted, &q.key3);
		assert_int_equal(k.c->registration.state, CLIENT_REG_REQUESTING);
		reply(&k, 40, p[!over], &q, &granted, &q.key3);
		assert_int_equal(k.c->registration.state, CLIENT_REG_GRANTED);
		kit_end(&k);
	}
}

RUN(T(a_standby_that_is_granted_is_measured_whichever_it_is),
    T(a_request_that_went_to_one_relay_is_not_answered_by_another),
    T(homes_grant_brings_a_binding_and_the_next_pseudonym),
    T(only_the_notice_of_a_wrong_group_changes_the_group),
    T(a_grant_without_simultaneous_bindings_is_one),
    T(a_reply_answers_the_request_with_its_whole_identification_alone),
    T(what_is_not_authentic_is_a_hint_if_it_refuses_and_nothing_if_it_accepts),
    T(a_refusal_on_the_home_link_that_is_not_authentic_counts_nowhere),
    T(home_sets_the_clock_and_the_registration_is_repeated_at_once),
    T(while_homes_time_is_not_known_a_question_for_it_is_all_that_is_sent),
    T(a_standby_registration_with_a_wrong_clock_is_repeated_on_its_own_path),
    T(a_check_of_the_home_link_with_a_wrong_clock_is_repeated_there),
    T(a_standby_grant_admits_the_path_for_its_lifetime_and_measures_it),
    T(a_standby_without_association_at_home_changes_nothing_and_another_refusal_fails_the_path),
    T(a_reply_by_a_relay_has_to_be_the_relays_as_well),
    T(the_key_that_home_sends_signs_the_reply_that_brings_it),
    T(a_request_that_went_directly_is_not_answered_by_a_relay),
    T(a_relay_that_home_does_not_know_is_left), T(a_signed_refusal_of_a_relay_ends_its_admission),
    T(a_relay_alone_accepts_nobody), T(what_home_refuses_by_a_relay_is_not_the_relays_fault),
    T(a_refusal_that_no_relay_signed_ends_an_attempt_but_no_admission),
    T(a_relay_that_gives_its_name_is_asked_again_by_that_name),
    T(a_relay_that_lost_the_key_of_a_registration_is_asked_again_with_that_of_the_credential),
    T(a_standby_that_a_relay_cannot_verify_does_not_count_against_the_registration),
    T(a_relay_refuses_nothing_that_went_to_another_relay),
    T(a_relay_states_no_time_not_even_under_its_signature),
    T(a_request_that_comes_back_is_no_reply))
