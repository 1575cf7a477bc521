/* SPDX-License-Identifier: MIT */
#include "core/home/addresses.h"
#include "core/home/lease.h"
#include "core/home/peer.h"
#include "home_shell.h"

TEST(an_address_is_one_owners_until_that_one_releases_it)
{
	const ip_addr a = ip4(10, 66, 0, 1), b = ip4(10, 66, 0, 2), none = { 0 };
	home_addresses all = { 0 };
	int one, two;

	assert_true(home_addresses_open(&all));
	assert_false(home_addresses_is_taken(&all, &a));
	assert_true(home_addresses_claim(&all, &a, &one));
	assert_true(home_addresses_claim(&all, &a, &one));
	assert_false(home_addresses_claim(&all, &a, &two));
	assert_true(home_addresses_claim(&all, &b, &two));
	home_addresses_release(&all, &a, &two);
	assert_true(home_addresses_is_taken(&all, &a));
	home_addresses_release(&all, &a, &one);
	assert_false(home_addresses_is_taken(&all, &a));
	assert_true(home_addresses_is_taken(&all, &b));
	assert_true(home_addresses_claim(&all, &none, &one));
	assert_true(home_addresses_claim(&all, &none, &two));
	assert_false(home_addresses_is_taken(&all, &none));
	home_addresses_release(&all, &none, &one);
	home_addresses_close(&all);
}

typedef struct scene {
	home_conf conf;
	home_peers peers;
	home_leases leases;
} scene;

static void open_scene(scene *s)
{
	*s = (scene){ .conf = { .network4 = { ip4(10, 66, 0, 0), 30 } } };
	assert_true(home_peers_open(&s->peers));
}

static home_peer *add(scene *s, uint8_t n, ip_addr home4)
{
	home_client_conf c = kit_client_conf(n);

	c.home4 = home4;
	c.home6 = (ip_addr){ 0 };
	return home_peers_add(&s->peers, &c, NULL, &(err){ 0 });
}

static bool lease(scene *s, home_peer *p)
{
	ip_addr a;

	return home_lease_pick(&s->leases, &s->conf, &s->peers.addresses, 4, &a) &&
	       home_peer_lease(&s->peers, p, &a);
}

static void close_scene(scene *s)
{
	while (s->peers.first)
		home_peer_remove(&s->peers, s->peers.first);
	home_peers_close(&s->peers);
}

TEST(what_somebody_has_is_not_leased_until_its_owner_is_removed)
{
	const ip_addr one = ip4(10, 66, 0, 1), two = ip4(10, 66, 0, 2);
	scene s;

	open_scene(&s);
	home_peer *has = add(&s, 1, one), *p = add(&s, 2, (ip_addr){ 0 });
	home_peer *q = add(&s, 3, (ip_addr){ 0 });
	assert_true(lease(&s, p));
	assert_true(ip_equal(&p->lease4, &two));
	assert_false(lease(&s, q));
	assert_null(add(&s, 4, two));
	home_peer_remove(&s.peers, has);
	assert_true(lease(&s, q));
	assert_true(ip_equal(&q->lease4, &one));
	close_scene(&s);
}

TEST(an_association_for_every_address_takes_none_of_them)
{
	static const sa_rules of_gateways = { .max_larval = 1 };
	const ip_prefix all = { .addr = { .len = 4 } };
	const sa_selector everything = sa_selector_of_all(&all, &all);
	sa_set gateway;
	scene s;

	open_scene(&s);
	sa_set_open(&gateway, s.peers.sas, &of_gateways, &s);
	assert_true(sa_set_select(&gateway, &everything, 1));
	home_peer *p = add(&s, 1, (ip_addr){ 0 });
	assert_true(lease(&s, p));
	sa_set_close(&gateway);
	close_scene(&s);
}

TEST(an_address_that_is_changed_is_free_and_one_that_was_refused_is_nobodys)
{
	const ip_addr one = ip4(10, 66, 0, 1), two = ip4(10, 66, 0, 2), three = ip4(10, 66, 0, 3);
	const ip_addr six = { 16, { 0x20, 1, 0xd, 0xb8 } };
	scene s;

	open_scene(&s);
	home_peer *p = add(&s, 1, one), *q = add(&s, 2, two);
	home_client_conf c = kit_client_conf(1);
	c.home4 = two;
	c.home6 = (ip_addr){ 0 };
	assert_false(home_peer_update(&s.peers, p, &c, &(err){ 0 }));
	assert_false(home_addresses_claim(&s.peers.addresses, &one, q));
	c.home4 = three;
	c.home6 = six;
	assert_true(home_peer_update(&s.peers, p, &c, &(err){ 0 }));
	assert_false(home_addresses_is_taken(&s.peers.addresses, &one));
	assert_true(home_addresses_is_taken(&s.peers.addresses, &three));
	assert_true(home_addresses_is_taken(&s.peers.addresses, &six));
	c.home4 = one;
	c.spi = kit_client_conf(2)
			.spi; /* another's: refused after the address was found to be free */
	assert_false(home_peer_update(&s.peers, p, &c, &(err){ 0 }));
	assert_false(home_addresses_is_taken(&s.peers.addresses, &one));
	assert_true(home_addresses_is_taken(&s.peers.addresses, &three));
	close_scene(&s);
}

RUN(T(an_address_is_one_owners_until_that_one_releases_it),
    T(what_somebody_has_is_not_leased_until_its_owner_is_removed),
    T(an_association_for_every_address_takes_none_of_them),
    T(an_address_that_is_changed_is_free_and_one_that_was_refused_is_nobodys))
