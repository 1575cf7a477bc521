/* SPDX-License-Identifier: MIT */
/* Associations that traffic takes to their limits, at home: the timer is due at once, without another event. */
#include "home_shell.h"
#include "core/home/presence.h"

enum { NOW = 1000, SPI = 0x30000001 };

typedef struct scene {
	home_env env;
	logger log;
	home_peers peers;
	home_notices notices;
	home_places places;
	home_presence presence;
	home_peer *p;
} scene;

static void open_scene(scene *s)
{
	const home_client_conf c = kit_client_conf(1);

	*s = (scene){ 0 };
	assert_true(home_peers_open(&s->peers));
	s->places = (home_places){ .env = &s->env };
	s->presence = (home_presence){ .env = &s->env,
				       .log = &s->log,
				       .sas = s->peers.sas,
				       .notices = &s->notices,
				       .places = &s->places };
	s->p = home_peers_add(&s->peers, &c, NULL, &(err){ 0 });
	assert_non_null(s->p);
	assert_true(home_presence_add(&s->presence, s->p));
}

static void close_scene(scene *s)
{
	home_presence_remove(&s->presence, s->p);
	home_peer_remove(&s->peers, s->p);
	home_presence_close(&s->presence);
	home_peers_close(&s->peers);
}

static sa_pair *install(sa_set *set, uint32_t spi, sa_limits limits)
{
	static const uint8_t key[36] = { 7 };
	const sa_pair_conf c = { .cipher = ESP_AES_256_GCM,
				 .esn = true,
				 .spi_in = spi,
				 .spi_out = 0x40000000,
				 .key_in = key,
				 .key_out = key,
				 .limits = limits };
	sa_pair *p = sa_pair_new(&c);

	assert_true(sa_set_install(set, p));
	return p;
}

static bool sends(sa_set *set)
{
	uint8_t pkt[100];

	return sa_set_seal(set, NOW, pkt, 20, ESP_NEXT_IPV4) > 0;
}

TEST(an_association_that_was_sent_on_to_its_limit_is_dropped_without_another_event)
{
	const sa_limits few = {
		.soft_ms = SA_NEVER, .hard_ms = SA_NEVER, .soft_packets = 1, .hard_packets = 2
	};
	const sa_limits none = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER };
	scene s;

	open_scene(&s);
	sa_pair *live = install(&s.p->sas, SPI, few);
	sa_set_confirm(&s.p->sas, live, NOW);
	assert_true(home_presence_next_timer_ms(&s.presence) == UINT64_MAX);
	assert_true(sends(&s.p->sas));
	assert_int_equal(home_presence_next_timer_ms(&s.presence), 0);
	home_presence_tick(&s.presence, NOW);
	assert_int_equal(live->state, SA_DYING);
	assert_true(home_presence_next_timer_ms(&s.presence) == UINT64_MAX);
	install(&s.p->sas, SPI + 1, none);
	assert_true(sends(&s.p->sas));
	assert_int_equal(home_presence_next_timer_ms(&s.presence), 0);
	assert_true(sends(&s.p->sas)); /* by the next one */
	home_presence_tick(&s.presence, NOW);
	assert_null(sa_store_find_in(s.peers.sas, SPI));
	assert_true(home_presence_next_timer_ms(&s.presence) == UINT64_MAX);
	close_scene(&s);
}

TEST(sets_of_another_kind_are_left_to_their_owners)
{
	static const sa_rules of_others = { .max_larval = 1, .sends_larval = true };
	const sa_limits few = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER, .hard_packets = 1 };
	sa_set other;
	scene s;

	open_scene(&s);
	sa_set_open(&other, s.peers.sas, &of_others, &s);
	install(&other, SPI, few);
	assert_true(sends(&other));
	home_presence_tick(&s.presence, NOW);
	assert_non_null(other.pairs);
	assert_true(home_presence_next_timer_ms(&s.presence) == UINT64_MAX);
	sa_set_close(&other);
	close_scene(&s);
}

RUN(T(an_association_that_was_sent_on_to_its_limit_is_dropped_without_another_event),
    T(sets_of_another_kind_are_left_to_their_owners))
