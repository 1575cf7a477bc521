/* SPDX-License-Identifier: MIT */
/* binding: where a client is, by itself. */
#include "core/home/binding.h"
#include "proto/esp_hdr.h"
#include "unit.h"

enum { LINK_MTU = 1500 };

static home_binding at(uint8_t host)
{
	return (home_binding){ .care_of = ip4(10, 0, 0, host),
			       .route = { .to = { .addr = ip4(198, 51, 100, host), .port = 5000 } },
			       .expires_ms = 1000u * host };
}

static home_binding at6(uint8_t host)
{
	const ip_addr a = { .len = 16, .b = { 0x20, 1, [15] = host } };

	return (home_binding){ .care_of = a, .route = { .to = { .addr = a, .port = 5000 } } };
}

static void put(home_bindings *b, uint8_t host)
{
	const home_binding made = at(host);

	home_bindings_put(b, &made, true);
}

/* Bindings of hosts 1 to n, the last one first. */
static void open_with(home_bindings *b, unsigned n)
{
	home_bindings_open(b);
	for (unsigned i = 1; i <= n; i++)
		put(b, (uint8_t)i);
}

static const home_binding *find(const home_bindings *b, uint8_t host)
{
	const home_binding made = at(host);

	return home_bindings_find(b, &made.care_of);
}

static const home_binding *find_route(const home_bindings *b, uint8_t host)
{
	const home_binding made = at(host);

	return home_bindings_find_route(b, &made.route);
}

static bool has(const home_bindings *b, unsigned host)
{
	assert_ptr_equal(find_route(b, (uint8_t)host), find(b, (uint8_t)host));
	return find(b, (uint8_t)host) != NULL;
}

static void drop(home_bindings *b, unsigned host)
{
	const home_binding made = at((uint8_t)host);

	home_bindings_drop(b, &made.care_of);
}

TEST(each_binding_that_is_kept_is_found_by_its_address_and_by_its_route)
{
	home_bindings b;

	for (unsigned n = 0; n <= HOME_MAX_BINDINGS; n++) {
		open_with(&b, n);
		assert_int_equal(b.n, n);
		for (unsigned i = 1; i <= HOME_MAX_BINDINGS; i++)
			assert_int_equal(has(&b, i), i <= n);
		home_bindings_close(&b);
	}
}

TEST(of_too_many_the_oldest_makes_room)
{
	home_bindings b;

	open_with(&b, HOME_MAX_BINDINGS + 2);
	assert_int_equal(b.n, HOME_MAX_BINDINGS);
	for (unsigned i = 1; i <= HOME_MAX_BINDINGS + 2; i++)
		assert_int_equal(has(&b, i), i > 2);
	home_bindings_close(&b);
}

/* A client behind a NAT may have another address there, or its NAT another port. */
TEST(a_binding_takes_the_place_of_those_with_its_address_or_its_route)
{
	const home_binding new_address = { .care_of = ip4(10, 9, 9, 9), .route = at(1).route };
	const home_binding new_route = { .care_of = at(2).care_of, .route = at(9).route };
	home_bindings b;

	open_with(&b, 3);
	assert_false(home_bindings_put(&b, &new_address, true));
	assert_int_equal(b.n, 3);
	assert_ptr_equal(home_bindings_find(&b, &new_address.care_of), &b.all[0]);
	assert_null(find(&b, 1));
	assert_false(home_bindings_put(&b, &new_route, true));
	assert_int_equal(b.n, 3);
	assert_null(find_route(&b, 2));
	assert_true(has(&b, 3));
	home_bindings_close(&b);
}

TEST(one_that_does_not_keep_the_others_is_alone_and_moves_the_client_only_if_it_was_elsewhere)
{
	const home_binding first = at(1), second = at(2);
	home_bindings b;

	home_bindings_open(&b);
	assert_false(home_bindings_put(&b, &first, false));
	assert_false(home_bindings_put(&b, &first, false));
	assert_int_equal(b.handovers, 0);
	assert_true(home_bindings_put(&b, &second, false));
	assert_int_equal(b.handovers, 1);
	assert_int_equal(b.n, 1);
	assert_false(home_bindings_put(&b, &first, true)); /* beside it */
	assert_false(home_bindings_put(&b, &second, false));
	assert_int_equal(b.handovers, 1);
	assert_int_equal(b.n, 1);
	assert_true(has(&b, 2));
	home_bindings_close(&b);
}

TEST(a_renewal_keeps_the_mtu_of_its_path_and_a_move_begins_with_none)
{
	const home_binding first = at(1), second = at(2);
	home_bindings b;

	home_bindings_open(&b);
	home_bindings_put(&b, &first, false);
	home_bindings_set_path_mtu(&b, &first.route, 1300);
	home_bindings_set_path_mtu(&b, &second.route, 1200); /* nobody's */
	home_bindings_put(&b, &first, false);
	assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU), esp_inner_max(1300));
	assert_true(home_bindings_hear(&b, 1, &second.route, true));
	assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU), esp_inner_max(1280 - 28));
	home_bindings_close(&b);
}

TEST(of_several_one_is_dropped_by_its_address_and_all_by_one_that_none_has)
{
	home_bindings b;

	for (unsigned gone = 1; gone <= 3; gone++) {
		open_with(&b, 3);
		drop(&b, gone);
		assert_int_equal(b.n, 2);
		for (unsigned i = 1; i <= 3; i++)
			assert_int_equal(has(&b, i), i != gone);
		drop(&b, gone);
		assert_int_equal(b.n, 0);
		home_bindings_close(&b);
	}
	open_with(&b, 3);
	home_bindings_drop(&b, NULL);
	assert_int_equal(b.n, 0);
	home_bindings_close(&b);
}

TEST(each_ends_at_its_time_and_the_timer_is_the_next_of_them)
{
	static const uint8_t made[] = { 2, 3, 1 };
	home_bindings b;

	home_bindings_open(&b);
	for (size_t i = 0; i < COUNT(made); i++)
		put(&b, made[i]);
	for (unsigned i = 1; i <= 3; i++) {
		assert_true(home_bindings_next_timer_ms(&b) == 1000u * i);
		assert_true(home_bindings_end_ms(&b) == 3000);
		home_bindings_expire(&b, 1000u * i - 1);
		assert_int_equal(b.n, 4 - i);
		home_bindings_expire(&b, 1000u * i);
		assert_int_equal(b.n, 3 - i);
		assert_false(has(&b, i));
	}
	assert_true(home_bindings_next_timer_ms(&b) == UINT64_MAX);
	assert_true(home_bindings_end_ms(&b) == 0);
	home_bindings_close(&b);
}

TEST(a_packet_from_elsewhere_moves_a_binding_only_where_there_is_one_and_it_may)
{
	const home_binding first = { .care_of = ip4(10, 0, 0, 1),
				     .route = at(1).route,
				     .carrier = true };
	const home_binding second = at(2);
	home_bindings b;

	home_bindings_open(&b);
	assert_false(home_bindings_hear(&b, 1, &second.route, true));
	assert_int_equal(b.handovers, 0);
	home_bindings_put(&b, &first, false);
	assert_false(home_bindings_hear(&b, 1, &second.route, false));
	assert_false(home_bindings_hear(&b, 1, &first.route, true));
	assert_true(b.all[0].carrier);
	assert_true(home_bindings_hear(&b, 1, &second.route, true));
	assert_int_equal(b.handovers, 1);
	assert_true(dgram_route_equal(&b.all[0].route, &second.route));
	assert_non_null(
		home_bindings_find(&b, &second.route.to.addr)); /* by which it deregisters */
	assert_false(b.all[0].carrier);                         /* until it registers from there */
	home_bindings_close(&b);
}

TEST(coming_home_ends_all_bindings_and_leaving_home_makes_none)
{
	home_bindings b;

	open_with(&b, 2);
	home_bindings_come_home(&b);
	assert_int_equal(b.n, 0);
	assert_true(b.at_home);
	home_bindings_leave_home(&b);
	assert_int_equal(b.n, 0);
	assert_false(b.at_home);
	home_bindings_come_home(&b);
	put(&b, 1);
	assert_false(b.at_home);
	home_bindings_close(&b);
}

/* The headers of UDP are 28 octets in IPv4, 48 in IPv6. */
TEST(the_mtu_is_that_of_the_narrowest_path)
{
	const home_binding four = at(1), six = at6(1);
	home_bindings b;

	home_bindings_open(&b);
	assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU), 0);
	home_bindings_put(&b, &six, false);
	assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU), esp_inner_max(1280 - 48));
	assert_int_equal(home_bindings_clamp_mtu(&b, LINK_MTU), esp_inner_max(LINK_MTU - 48));
	assert_int_equal(home_bindings_inner_mtu(&b, 1000), esp_inner_max(1000 - 48));
	home_bindings_put(&b, &four, true);
	for (uint16_t narrow = 900; narrow <= 1100; narrow += 200) { /* either of them */
		home_bindings_set_path_mtu(&b, &four.route, 1000);
		home_bindings_set_path_mtu(&b, &six.route, narrow);
		assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU),
				 esp_inner_max(narrow < 1000 ? narrow : 1000));
	}
	home_bindings_set_path_mtu(&b, &six.route, 9000); /* the link's is less */
	home_bindings_set_path_mtu(&b, &four.route, 9000);
	assert_int_equal(home_bindings_inner_mtu(&b, LINK_MTU), esp_inner_max(LINK_MTU - 48));
	home_bindings_close(&b);
}

RUN(T(each_binding_that_is_kept_is_found_by_its_address_and_by_its_route),
    T(of_too_many_the_oldest_makes_room),
    T(a_binding_takes_the_place_of_those_with_its_address_or_its_route),
    T(one_that_does_not_keep_the_others_is_alone_and_moves_the_client_only_if_it_was_elsewhere),
    T(a_renewal_keeps_the_mtu_of_its_path_and_a_move_begins_with_none),
    T(of_several_one_is_dropped_by_its_address_and_all_by_one_that_none_has),
    T(each_ends_at_its_time_and_the_timer_is_the_next_of_them),
    T(a_packet_from_elsewhere_moves_a_binding_only_where_there_is_one_and_it_may),
    T(coming_home_ends_all_bindings_and_leaving_home_makes_none),
    T(the_mtu_is_that_of_the_narrowest_path))
