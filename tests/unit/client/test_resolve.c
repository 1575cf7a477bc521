/* SPDX-License-Identifier: MIT */
/* What the names of relays stand for, from one look-up to the next. */
#include "unit.h"
#include "names.h"
#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
	if (r->asked)
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
	resolver *r = resolver_new(a.loop, &p, &none, NULL, on_resolved, &a, &e);
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

/* Nothing can be found here: there are no uplinks. */
static const profile all_by_name = {
	.homes = { { .host = "home.invalid", .port = 434 } },
	.n_homes = 1,
	.relays = { { .at = { .host = "relay.invalid", .port = 4500 }, .name = "dmz" } },
	.n_relays = 1,
	.muxes = { { .at = { .host = "mux.invalid", .port = 443 } },
		   { .at = { .host = "203.0.113.9", .port = 443, .literal = true } } },
	.n_muxes = 2,
};

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

TEST(what_was_known_before_is_reported_at_once_and_stays_when_nobody_answers)
{
	char file[] = "/tmp/test_client_resolve.XXXXXX";
	asked a = { 0 };
	err e = { 0 };
	const proxy_list none = { 0 };

	close(mkstemp(file));
	put(file,
	    "home.invalid 203.0.113.2 203.0.113.3\nmux.invalid 2001:db8::4\nother 203.0.113.5\n");
	a.loop = io_loop_new(&e);
	resolver *r = resolver_new(a.loop, &all_by_name, &none, file, on_resolved, &a, &e);
	assert_non_null(r);
	resolver_report_known(r);
	assert_false(a.got.asked);
	for (int round = 0; round < 2; round++) {
		assert_false(a.got.complete);
		assert_int_equal(a.got.n_homes, 2);
		assert_true(endpoint_equal(&a.got.homes[1],
					   &(endpoint){ ip4(203, 0, 113, 3), 434, 0 }));
		assert_int_equal(a.got.n_relays, 0);
		assert_int_equal(a.got.muxes[0].n, 1);
		assert_int_equal(a.got.muxes[0].at[0].addr.len, 16);
		assert_int_equal(a.got.muxes[1].n, 1);
		assert_int_equal(a.got.muxes[1].at[0].port, 443);
		if (round)
			break;
		resolver_ask(r);
		io_loop_run(a.loop);
		assert_true(a.got.asked);
	}
	resolver_free(r);
	io_loop_free(a.loop);
	unlink(file);
}

TEST(without_anything_known_nothing_is_reported)
{
	asked a = { .got = { .n_homes = 99 } };
	err e = { 0 };
	const proxy_list none = { 0 };

	a.loop = io_loop_new(&e);
	resolver *r = resolver_new(a.loop, &all_by_name, &none, "/nowhere/x", on_resolved, &a, &e);
	resolver_report_known(r);
	assert_int_equal(a.got.n_homes, 99);
	resolver_free(r);
	io_loop_free(a.loop);
}

/* "localhost" is found in hosts(5), here as everywhere. */
TEST(what_is_found_is_written_when_home_is_reached_and_not_before)
{
	char dir[] = "/tmp/test_client_resolve.XXXXXX", file[64];
	profile p = { .homes = { { .host = "localhost", .port = 434 } }, .n_homes = 1 };
	asked a = { 0 };
	err e = { 0 };
	known_names k;
	const proxy_list none = { 0 };

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/x.names", dir);
	a.loop = io_loop_new(&e);
	resolver *r = resolver_new(a.loop, &p, &none, file, on_resolved, &a, &e);
	resolver_ask(r);
	io_loop_run(a.loop);
	assert_true(a.got.complete && a.got.n_homes > 0);
	assert_int_equal(access(file, F_OK), -1);
	resolver_home_reached(r, true);
	names_load(file, &k);
	assert_int_equal(k.n, 1);
	assert_true(ip_equal(&k.list[0].at[0], &a.got.homes[0].addr));
	unlink(file);
	resolver_home_reached(r, false);
	resolver_home_reached(r, true); /* nothing new: not written again */
	assert_int_equal(access(file, F_OK), -1);
	resolver_free(r);
	io_loop_free(a.loop);
	rmdir(dir);
}

RUN(T(a_relay_is_not_given_up_because_nothing_can_be_looked_up_now),
    T(a_relay_is_not_given_up_for_the_order_of_the_answer),
    T(an_address_that_is_gone_or_of_a_family_that_is_gone_makes_room),
    T(names_and_addresses_of_relays_come_in_their_order_with_port_and_name),
    T(what_was_known_before_is_reported_at_once_and_stays_when_nobody_answers),
    T(without_anything_known_nothing_is_reported),
    T(what_is_found_is_written_when_home_is_reached_and_not_before))
