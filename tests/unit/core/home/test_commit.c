/* SPDX-License-Identifier: MIT */
/* commit: what a registration that passed all checks changes, or, when its association finds no place, does not. */
#include "home_shell.h"
#include "core/home/commit.h"

enum { SPI = 0x30000001 };

static const uint8_t key[36] = { 7 };

typedef struct scene {
	home_conf conf;
	home_env env;
	logger log;
	home_peers peers;
	home_notices notices;
	home_places places;
	home_presence presence;
	home_links links;
	home_commits commits;
	home_peer *client, *other;
	home_txn *txn;
	unsigned attracted;
} scene;

static void count_attracted(void *ctx, const ip_addr *address, bool away)
{
	scene *s = ctx;

	(void)address;
	s->attracted += away;
}

static home_peer *add_peer(scene *s, uint8_t n)
{
	const home_client_conf c = kit_client_conf(n);
	err e = { 0 };
	home_peer *p = home_peers_add(&s->peers, &c, NULL, &e);

	if (!p)
		fail_msg("%s", e.text);
	assert_true(home_presence_add(&s->presence, p));
	return p;
}

static sa_pair *make_pair(uint32_t spi_in)
{
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = spi_in,
				 .spi_out = 0x40000000,
				 .key_in = key,
				 .key_out = key,
				 .limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER } };

	return sa_pair_new(&c);
}

static void open_scene(scene *s)
{
	*s = (scene){ .conf = { .network4 = { ip4(10, 66, 0, 0), 24 } } };
	s->env = (home_env){ .ctx = s, .attract = count_attracted };
	assert_true(home_peers_open(&s->peers));
	s->places = (home_places){ .env = &s->env };
	s->presence = (home_presence){ .env = &s->env,
				       .log = &s->log,
				       .sas = s->peers.sas,
				       .notices = &s->notices,
				       .places = &s->places };
	s->links = (home_links){ .conf = &s->conf, .log = &s->log, .store = s->peers.sas };
	assert_true(home_links_open(&s->links));
	s->commits = (home_commits){ .conf = &s->conf,
				     .log = &s->log,
				     .peers = &s->peers,
				     .presence = &s->presence,
				     .links = &s->links };
	s->client = add_peer(s, 1);
	s->other = add_peer(s, 2);
	s->txn = calloc(1, sizeof *s->txn);
	assert_non_null(s->txn);
	s->txn->peer = s->client;
	s->txn->d.from = (endpoint){ .addr = ip4(198, 51, 100, 1), .port = 5000 };
	s->txn->decision.q.lifetime_s = 300;
	s->txn->decision.lifetime_s = 300;
	s->txn->decision.next = home_peer_state(s->client);
	s->txn->decision.next.last_id = 77;
}

static void remove_peer(scene *s, home_peer *p)
{
	home_presence_remove(&s->presence, p);
	home_links_client_removed(&s->links, &p->change);
	home_peer_remove(&s->peers, p);
}

static void close_scene(scene *s)
{
	home_negotiation_close(&s->txn->decision.sa);
	free(s->txn);
	remove_peer(s, s->client);
	remove_peer(s, s->other);
	home_links_close(&s->links);
	home_presence_close(&s->presence);
	home_peers_close(&s->peers);
}

TEST(an_association_whose_spi_was_taken_during_the_wait_refuses_and_changes_nothing)
{
	const core_time now = { .ms = 1000 };
	sa_pair *taken = make_pair(SPI);
	reg_reply r = { 0 };
	scene s;

	open_scene(&s);
	s.txn->decision.sa.pair = make_pair(SPI);
	assert_true(sa_set_install(&s.other->sas, taken));
	const home_verdict v = home_commit(&s.commits, s.txn, now, &r);
	assert_int_equal(v.outcome, HOME_REFUSE);
	assert_int_equal(v.code, MIP_HA_RESOURCES);
	assert_ptr_equal(sa_store_find_in(s.peers.sas, SPI), taken);
	assert_null(s.client->sas.pairs);
	assert_int_equal(s.client->bindings.n, 0);
	assert_int_equal(s.client->credential.last_id, 0);
	assert_int_equal(s.attracted, 0);
	close_scene(&s);
}

TEST(with_an_spi_of_its_own_it_is_received_on_and_the_client_is_away)
{
	const core_time now = { .ms = 1000 };
	reg_reply r = { 0 };
	scene s;

	open_scene(&s);
	assert_true(sa_set_install(&s.other->sas, make_pair(SPI)));
	s.txn->decision.sa.pair = make_pair(SPI + 1);
	s.txn->decision.sa.dh = dh_new(DH_X25519, NULL);
	assert_int_equal(home_commit(&s.commits, s.txn, now, &r).outcome, HOME_PASS);
	assert_ptr_equal(sa_store_find_in(s.peers.sas, SPI + 1)->set, &s.client->sas);
	assert_int_equal(s.client->bindings.n, 1);
	assert_int_equal(s.client->credential.last_id, 77);
	assert_int_equal(s.attracted, 1);
	assert_int_equal(r.code, MIP_ACCEPTED);
	close_scene(&s);
}

RUN(T(an_association_whose_spi_was_taken_during_the_wait_refuses_and_changes_nothing),
    T(with_an_spi_of_its_own_it_is_received_on_and_the_client_is_away))
