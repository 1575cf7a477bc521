/* SPDX-License-Identifier: MIT */
/* What the names of relays stand for, from one look-up to the next. */
#include "unit.h"
#include "resolve.h"

static endpoint at(const char *text)
{
	endpoint e;
	assert_true(endpoint_parse(text, 0, &e));
	return e;
}

TEST(a_relay_is_not_given_up_because_nothing_can_be_looked_up_now)
{
	endpoint known = at("203.0.113.10:4500");
	assert_true(resolve_keep(NULL, 0, &known));
	assert_true(
		endpoint_equal(&known, &(endpoint){ .addr = ip4(203, 0, 113, 10), .port = 4500 }));
	known = (endpoint){ 0 };
	assert_false(resolve_keep(NULL, 0, &known));
}

TEST(a_relay_is_not_given_up_for_the_order_of_the_answer)
{
	const endpoint found[] = { at("203.0.113.11:4500"), at("203.0.113.10:4500") };
	endpoint known = found[1];
	assert_true(resolve_keep(found, 2, &known));
	assert_true(endpoint_equal(&known, &found[1]));
}

TEST(an_address_that_is_gone_or_of_a_family_that_is_gone_makes_room)
{
	const endpoint found[] = { at("[2001:db8::1]:4500"), at("203.0.113.10:4500") };
	endpoint known = at("203.0.113.9:4500");
	assert_true(resolve_keep(&found[1], 1, &known));
	assert_true(endpoint_equal(&known, &found[1]));
	assert_true(resolve_keep(found, 2, &known)); /* the system prefers IPv6 here */
	assert_true(endpoint_equal(&known, &found[0]));
}

typedef struct asked {
	io_loop *loop;
	resolution got;
} asked;

static void on_resolved(void *ctx, const resolution *r)
{
	asked *a = ctx;
	a->got = *r;
	io_loop_stop(a->loop);
}

TEST(names_and_addresses_of_relays_come_in_their_order_with_port_and_name)
{
	profile p = {
		.relays = { { .at = { .host = "203.0.113.10", .port = 434, .literal = true } },
			    { .at = { .host = "localhost", .port = 4501 }, .name = "dmz2" } },
		.n_relays = 2,
	};
	asked a = { 0 };
	err e = { 0 };
	a.loop = io_loop_new(&e);
	assert_non_null(a.loop);
	const proxy_list none = { 0 };
	resolver *r = resolver_new(a.loop, &p, &none, on_resolved, &a, &e);
	assert_non_null(r);
	resolver_ask(r);
	io_loop_run(a.loop);
	assert_true(a.got.complete);
	assert_int_equal(a.got.n_relays, 2);
	assert_int_equal(a.got.relays[0].at.port, 434);
	assert_string_equal(a.got.relays[0].name, "");
	assert_int_equal(a.got.relays[1].at.port, 4501);
	assert_string_equal(a.got.relays[1].name, "dmz2");
	assert_true(a.got.relays[1].at.addr.len != 0);
	resolver_free(r);
	io_loop_free(a.loop);
}

RUN(T(a_relay_is_not_given_up_because_nothing_can_be_looked_up_now),
    T(a_relay_is_not_given_up_for_the_order_of_the_answer),
    T(an_address_that_is_gone_or_of_a_family_that_is_gone_makes_room),
    T(names_and_addresses_of_relays_come_in_their_order_with_port_and_name))
