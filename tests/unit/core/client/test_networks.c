/* SPDX-License-Identifier: MIT */
#include "core/client/networks.h"
#include "unit.h"

static const char squid[CLIENT_HINT] = "connect 10.1.0.1:3128", none[CLIENT_HINT];

static uplink at(uint8_t net, uint8_t host)
{
	return (uplink){ .local = { ip4(10, net, 0, host), 24 }, .gateway = ip4(10, net, 0, 1) };
}

static void put(client_networks *m, uint8_t net, client_path_kind kind,
		const char hint[CLIENT_HINT])
{
	const uplink u = at(net, 10);

	client_networks_put(m, &u, kind, hint);
}

static const client_network *find(const client_networks *m, uint8_t net)
{
	const uplink u = at(net, 10);

	return client_networks_find(m, &u);
}

TEST(what_worked_in_a_network_is_found_from_another_address_there)
{
	client_networks m = { 0 };
	const uplink later = at(1, 77);

	assert_null(client_networks_find(&m, &later));
	put(&m, 1, PATH_HTTPS, squid);
	const client_network *n = client_networks_find(&m, &later);
	assert_non_null(n);
	assert_int_equal(n->kind, PATH_HTTPS);
	assert_string_equal(n->hint, squid);
}

TEST(another_gateway_or_prefix_is_another_network)
{
	client_networks m = { 0 };
	uplink u = at(1, 10);

	put(&m, 1, PATH_HTTPS, squid);
	u.gateway = ip4(10, 1, 0, 2);
	assert_null(client_networks_find(&m, &u));
	u = at(1, 10);
	u.local.bits = 25;
	assert_null(client_networks_find(&m, &u));
	u.local.bits = 23;
	assert_null(client_networks_find(&m, &u));
	u = at(2, 10);
	u.gateway = ip4(10, 1, 0, 1);
	assert_null(client_networks_find(&m, &u));
}

TEST(what_works_now_replaces_what_worked_before_and_comes_first)
{
	client_networks m = { 0 };

	put(&m, 1, PATH_HTTPS, squid);
	put(&m, 2, PATH_HTTP, none);
	put(&m, 1, PATH_HTTP, none);
	assert_int_equal(m.n, 2);
	assert_ptr_equal(find(&m, 1), &m.list[0]);
	assert_int_equal(m.list[0].kind, PATH_HTTP);
	assert_string_equal(m.list[0].hint, "");
	assert_ptr_equal(find(&m, 2), &m.list[1]);
}

TEST(the_oldest_network_makes_room_for_the_newest)
{
	client_networks m = { 0 };

	for (unsigned net = 1; net <= CLIENT_NETWORKS; net++)
		put(&m, (uint8_t)net, PATH_HTTPS, squid);
	assert_int_equal(m.n, CLIENT_NETWORKS);
	assert_non_null(find(&m, 1));
	put(&m, 100, PATH_HTTPS, squid);
	assert_int_equal(m.n, CLIENT_NETWORKS);
	assert_null(find(&m, 1));
	assert_ptr_equal(find(&m, 100), &m.list[0]);
	for (unsigned net = 2; net <= CLIENT_NETWORKS; net++)
		assert_ptr_equal(find(&m, (uint8_t)net), &m.list[CLIENT_NETWORKS + 1 - net]);
}

TEST(a_network_that_is_forgotten_leaves_the_others_in_their_order)
{
	client_networks m = { 0 };
	const uplink second = at(2, 77), unknown = at(9, 10);

	for (uint8_t net = 1; net <= 3; net++)
		put(&m, net, PATH_HTTPS, squid);
	client_networks_forget(&m, &second);
	client_networks_forget(&m, &unknown);
	assert_int_equal(m.n, 2);
	assert_null(find(&m, 2));
	assert_ptr_equal(find(&m, 3), &m.list[0]);
	assert_ptr_equal(find(&m, 1), &m.list[1]);
}

TEST(networks_survive_the_process)
{
	client_networks m = { 0 }, next;
	client_saved saved = { 0 };

	put(&m, 1, PATH_HTTP, none);
	put(&m, 2, PATH_HTTPS, squid);
	client_networks_save(&m, &saved);
	client_networks_init(&next, &saved);
	assert_int_equal(next.n, 2);
	assert_int_equal(find(&next, 1)->kind, PATH_HTTP);
	assert_int_equal(find(&next, 2)->kind, PATH_HTTPS);
	assert_string_equal(find(&next, 2)->hint, squid);
}

RUN(T(what_worked_in_a_network_is_found_from_another_address_there),
    T(another_gateway_or_prefix_is_another_network),
    T(what_works_now_replaces_what_worked_before_and_comes_first),
    T(the_oldest_network_makes_room_for_the_newest),
    T(a_network_that_is_forgotten_leaves_the_others_in_their_order),
    T(networks_survive_the_process))
