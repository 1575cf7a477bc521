/* SPDX-License-Identifier: MIT */
/* check: what is examined once more after a wait. The checks by themselves, on parts that the test changes meanwhile. */
#include "home_kit.h"
#include "core/home/check.h"
#include "core/home/foreign.h"

typedef struct parts {
	kit k; /* for its time; its agent has no part in this */
	away a;
	logger log;
	home_peers peers;
	home_notices notices;
	home_places places;
	home_presence presence;
	home_links links;
	home_checks checks;
	home_txns txns;
	home_peer *client;
	key2_set relay;
} parts;

static void open_parts(parts *p)
{
	const home_client_conf c = kit_client_conf(1);
	err e = { 0 };

	memset(p, 0, sizeof *p);
	kit_open(&p->k);
	away_open(&p->a, &p->k, 1);
	away_prepare(&p->a);
	p->k.conf.n_relays = 1;
	p->k.conf.relays[0] = (home_relay_conf){ .name = "dmz", .key2 = { 7 } };
	assert_true(key2_set_derive(p->k.conf.relays[0].key2, &p->relay));
	assert_true(home_peers_open(&p->peers));
	p->links = (home_links){ .conf = &p->k.conf, .log = &p->log, .store = p->peers.sas };
	assert_true(home_links_open(&p->links));
	p->checks = (home_checks){
		.conf = &p->k.conf, .peers = &p->peers, .presence = &p->presence, .links = &p->links
	};
	p->presence = (home_presence){ .notices = &p->notices, .places = &p->places };
	assert_true(home_txns_open(&p->txns));
	p->client = home_peers_add(&p->peers, &c, NULL, &e);
	assert_non_null(p->client);
	assert_true(home_presence_add(&p->presence, p->client));
}

static void close_parts(parts *p)
{
	home_txns_close(&p->txns);
	home_presence_remove(&p->presence, p->client);
	home_peer_remove(&p->peers, p->client);
	home_links_close(&p->links);
	home_presence_close(&p->presence);
	home_peers_close(&p->peers);
	away_close(&p->a);
	kit_close(&p->k);
}

/* A request by the relay. */
static home_txn *ask(parts *p)
{
	away *a = &p->a;
	key2_registration k2;
	reg_scan s;

	away_build(a);
	assert_true(reg_derive_key2(&p->relay, a->q.pseudonym, a->q.identification, &k2));
	a->n = reg_auth_add(a->octets, a->n, sizeof a->octets, MIP_EXT_FOREIGN_HOME, p->relay.spi,
			    k2.auth);
	const dgram_in d = {
		.sock = DGRAM_RELAY, .from = a->from, .local = a->local, .p = a->octets, .n = a->n
	};
	assert_true(reg_scan_message(d.p, d.n, &s));
	home_txn *t = home_txn_new(&p->txns, &p->client->txns, p->client,
				   &(home_arrival){ p->k.now, &d, &s });
	assert_non_null(t);
	return t;
}

static home_verdict run_again(parts *p, home_txn *t)
{
	static const home_answer written = { .kind = HOME_WAIT_DURABLE, .ok = true };

	t->answer = &written;
	return home_checks_run(&p->checks, t, p->k.now);
}

TEST(what_a_relay_vouched_for_passes_after_the_wait_while_home_has_its_key)
{
	parts p;

	open_parts(&p);
	home_txn *t = ask(&p);
	assert_int_equal(home_checks_run(&p.checks, t, p.k.now).outcome, HOME_MUST_WAIT);
	assert_int_equal(run_again(&p, t).outcome, HOME_PASS);
	home_txn_end(&p.txns, t);
	close_parts(&p);
}

TEST(whether_a_relay_vouches_is_examined_again_after_the_wait)
{
	for (unsigned removed = 0; removed < 2; removed++) {
		parts p;
		open_parts(&p);
		home_txn *t = ask(&p);
		assert_int_equal(home_checks_run(&p.checks, t, p.k.now).outcome, HOME_MUST_WAIT);
		if (removed)
			p.k.conf.n_relays = 0;
		else
			p.k.conf.relays[0].key2[0] ^= 1;
		assert_true(home_links_restart(&p.links));
		const home_verdict v = run_again(&p, t);
		assert_int_equal(v.outcome, HOME_REFUSE);
		assert_int_equal(v.code, MIP_HA_FA_FAILED_AUTH);
		home_txn_end(&p.txns, t);
		close_parts(&p);
	}
}

/* It has no name of its own among the relays, and no key that somebody could have guessed. */
TEST(a_relay_without_a_key_vouches_for_nothing_and_has_no_link)
{
	static const uint8_t zeros[KEY2_LEN];
	reg_link_offer offer = { 0 };
	parts p;

	open_parts(&p);
	key2_set_wipe(&p.links.links[0].key2); /* as when it could not be derived */
	assert_null(home_links_key2(&p.links, DGRAM_RELAY));
	assert_true(key2_set_derive(zeros, &p.relay));
	p.relay.spi = 0;
	memset(p.relay.link_auth, 0, sizeof p.relay.link_auth);
	home_txn *t = ask(&p);
	assert_int_equal(home_checks_run(&p.checks, t, p.k.now).code, MIP_HA_FA_FAILED_AUTH);
	home_txn_end(&p.txns, t);
	p.links.tx = &p.k.tx;
	assert_true(reg_link_make_offer(&offer, &p.relay, 0x41000000, 0, p.k.now.ntp));
	assert_true(home_links_receive(
		&p.links, 0, p.k.now,
		&(dgram_in){ .sock = DGRAM_RELAY, .p = offer.hello, .n = LINK_HELLO_LEN }));
	reg_link_drop_offer(&offer);
	assert_int_equal(p.k.tx.n_runs, 0);
	assert_int_equal(home_links_status(&p.links, 0).refused, 0);
	close_parts(&p);
}

TEST(relays_are_found_by_their_sock_and_only_those_there_are)
{
	parts p;

	open_parts(&p);
	assert_memory_equal(home_links_key2(&p.links, DGRAM_RELAY), &p.relay, sizeof p.relay);
	assert_string_equal(home_links_name(&p.links, DGRAM_RELAY), "dmz");
	assert_null(home_links_key2(&p.links, DGRAM_RELAY - 1));
	assert_null(home_links_name(&p.links, DGRAM_RELAY - 1));
	assert_null(home_links_key2(&p.links, DGRAM_RELAY + 1));
	assert_null(home_links_name(&p.links, DGRAM_RELAY + 1));
	close_parts(&p);
}

RUN(T(what_a_relay_vouched_for_passes_after_the_wait_while_home_has_its_key),
    T(whether_a_relay_vouches_is_examined_again_after_the_wait),
    T(a_relay_without_a_key_vouches_for_nothing_and_has_no_link),
    T(relays_are_found_by_their_sock_and_only_those_there_are))
