/* SPDX-License-Identifier: MIT */
#include "client_kit.h"

static unsigned n_solicited;
static uint32_t last_solicited;

static void note_solicit(void *ctx, const uplink *u)
{
	(void)ctx;
	n_solicited++;
	last_solicited = u->ifindex;
}

static void start(kit *k)
{
	kit_prepare(k);
	k->env.solicit = note_solicit;
	kit_make(k);
	n_solicited = 0;
}

static client_links_changes sync(kit *k, const uplink *u, size_t n)
{
	client_links_set(&k->c->links, u, n);
	return client_links_sync(&k->c->links);
}

static unsigned n_paths(const kit *k)
{
	unsigned n = 0;

	for (const client_path *p = NULL; (p = client_paths_next(&k->c->paths, p));)
		n++;
	return n;
}

static void assert_nothing(client_links_changes ch)
{
	assert_true(!ch.opened && !ch.routed && !ch.elsewhere && !ch.resized);
}

TEST(a_path_is_opened_for_each_uplink_and_closed_with_it)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	kit k;

	start(&k);
	assert_int_equal(sync(&k, u, 1).opened, 1);
	assert_int_equal(sync(&k, u, 2).opened, 2);
	assert_int_equal(n_paths(&k), 2);
	assert_nothing(sync(&k, u, 2));
	assert_nothing(sync(&k, u + 1, 1));
	assert_int_equal(n_paths(&k), 1);
	assert_nothing(sync(&k, NULL, 0));
	assert_int_equal(n_paths(&k), 0);
	assert_int_equal(k.n_closed, 2);
	kit_end(&k);
}

TEST(another_route_or_gateway_leads_elsewhere_on_that_uplink_alone)
{
	uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	kit k;

	start(&k);
	u[1].n_routes = 2;
	u[1].gateway = (ip_addr){ 0 };
	assert_true(prefix_parse("10.77.0.0/16", &u[1].routes[0]));
	assert_true(prefix_parse("10.78.0.0/16", &u[1].routes[1]));
	sync(&k, u, 2);
	u[1].n_routes = 1;
	assert_int_equal(sync(&k, u, 2).elsewhere, 2);
	u[1].n_routes = 2;
	assert_int_equal(sync(&k, u, 2).elsewhere, 2);
	u[1].has_default = false;
	assert_int_equal(sync(&k, u, 2).elsewhere, 2);
	u[1].has_default = true;
	assert_int_equal(sync(&k, u, 2).elsewhere, 2);
	u[1].gateway = ip4(10, 2, 0, 1); /* the rest of the configuration */
	client_links_changes ch = sync(&k, u, 2);
	assert_int_equal(ch.elsewhere, 2);
	assert_int_equal(ch.opened | ch.resized, 0);
	assert_nothing(sync(&k, u, 2));
	assert_int_equal(k.n_closed, 0);
	kit_end(&k);
}

TEST(another_mtu_resizes_the_paths_of_that_uplink)
{
	uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	kit k;

	start(&k);
	sync(&k, u, 2);
	u[1].mtu = 1400;
	assert_int_equal(sync(&k, u, 2).resized, 2);
	u[1].mtu = 1500;
	client_links_changes ch = sync(&k, u, 2);
	assert_int_equal(ch.resized, 2);
	assert_int_equal(ch.elsewhere | ch.routed, 0);
	kit_end(&k);
}

TEST(a_route_that_comes_makes_a_path_usable_and_one_that_goes_does_not)
{
	uplink u = cafe();
	kit k;

	start(&k);
	sync(&k, &u, 1);
	client_path *p = client_paths_next(&k.c->paths, NULL);
	client_paths_failed(p, start_time.ms);
	u.has_default = false;
	assert_int_equal(sync(&k, &u, 1).routed, 0);
	assert_true(p->failed);
	u.has_default = true;
	assert_int_equal(sync(&k, &u, 1).routed, 1);
	assert_false(p->failed);
	client_paths_failed(p, start_time.ms);
	assert_int_equal(sync(&k, &u, 1).routed, 0); /* it was all the time */
	assert_true(p->failed);
	kit_end(&k);
}

TEST(another_gateway_behind_the_same_address_is_another_path)
{
	uplink u = cafe();
	kit k;

	start(&k);
	sync(&k, &u, 1);
	u.gateway = ip4(10, 1, 0, 2);
	assert_int_equal(sync(&k, &u, 1).opened, 1);
	assert_int_equal(k.n_closed, 1);
	kit_end(&k);
}

TEST(more_uplinks_than_there_is_room_for_are_left_out)
{
	uplink u[UPLINK_MAX + 1];
	kit k;

	start(&k);
	for (unsigned i = 0; i < COUNT(u); i++)
		u[i] = uplink_at(2 + i, "wan", (uint8_t)i);
	client_links_set(&k.c->links, u, COUNT(u));
	assert_int_equal(k.c->links.n, UPLINK_MAX);
	client_links_sync(&k.c->links);
	assert_int_equal(n_paths(&k), UPLINK_MAX);
	kit_end(&k);
}

TEST(agents_are_solicited_on_links_that_are_new_and_on_all_when_asked)
{
	const uplink u[2] = { cafe(), uplink_at(3, "wan1", 2) };
	kit k;

	start(&k);
	client_links_set(&k.c->links, u, 1);
	assert_int_equal(n_solicited, 1);
	assert_int_equal(last_solicited, 2);
	client_links_set(&k.c->links, u, 2);
	assert_int_equal(n_solicited, 2);
	assert_int_equal(last_solicited, 3);
	client_links_set(&k.c->links, u, 2);
	assert_int_equal(n_solicited, 2);
	client_links_solicit(&k.c->links);
	assert_int_equal(n_solicited, 4);
	client_links_set(&k.c->links, u, 1);
	client_links_set(&k.c->links, u, 2); /* it came back */
	assert_int_equal(n_solicited, 5);
	client_links_set(&k.c->links, u, 1);
	client_links_set(&k.c->links, u, 1);
	assert_int_equal(n_solicited, 5);
	client_links_solicit(&k.c->links);
	assert_int_equal(n_solicited, 6);
	kit_end(&k);
}

/* Of its number a part is the place in the table, and none of them is special. */
TEST(a_path_stays_where_it_is_whatever_the_number_of_its_socket)
{
	const uplink u = cafe();

	for (uint32_t sock = 1; sock <= 1u << CLIENT_SOCK_BITS; sock *= 2) {
		kit k;
		start(&k);
		k.n_socks = sock - 1;
		sync(&k, &u, 1);
		client_path *p = client_paths_by_sock(&k.c->paths, sock);
		assert_non_null(p);
		assert_nothing(sync(&k, &u, 1));
		assert_ptr_equal(client_paths_by_sock(&k.c->paths, sock), p);
		assert_int_equal(n_paths(&k), 1);
		kit_end(&k);
	}
}

RUN(T(a_path_stays_where_it_is_whatever_the_number_of_its_socket),
    T(a_path_is_opened_for_each_uplink_and_closed_with_it),
    T(another_route_or_gateway_leads_elsewhere_on_that_uplink_alone),
    T(another_mtu_resizes_the_paths_of_that_uplink),
    T(a_route_that_comes_makes_a_path_usable_and_one_that_goes_does_not),
    T(another_gateway_behind_the_same_address_is_another_path),
    T(more_uplinks_than_there_is_room_for_are_left_out),
    T(agents_are_solicited_on_links_that_are_new_and_on_all_when_asked))
