/* SPDX-License-Identifier: MIT */
#include "core/client/binding.h"
#include "unit.h"

static const core_time now = { .ms = 5000 };

static client_binding of_profile(void)
{
	const client_conf conf = { .home4 = ip4(192, 168, 50, 101),
				   .home_lan = ip4(192, 168, 50, 2) };
	client_binding b;

	client_binding_init(&b, &conf);
	return b;
}

TEST(the_profile_gives_addresses_and_home_the_binding)
{
	client_binding b = of_profile();

	assert_false(client_binding_exists(&b));
	assert_true(b.home4.len == 4 && b.home6.len == 0 && b.home_lan.len == 4);
	client_binding_grant(&b, now, &(reg_reply){ .lifetime_s = 600 });
	assert_true(client_binding_exists(&b));
	assert_int_equal(b.until_ms, 605000);
	assert_int_equal(b.lifetime_s, 600);
}

TEST(a_reply_that_leaves_something_out_leaves_it_as_it_was)
{
	client_binding b = of_profile();
	reg_reply full = { .lifetime_s = 600,
			   .home4 = ip4(192, 168, 50, 102),
			   .home_lan = ip4(192, 168, 50, 3) };

	assert_true(ip_parse("2001:db8::65", &full.home6));
	assert_true(prefix_parse("192.168.50.0/24", &full.network4));
	assert_true(prefix_parse("2001:db8::/64", &full.network6));
	client_binding_grant(&b, now, &full);
	client_binding_grant(&b, now, &(reg_reply){ .lifetime_s = 300 });
	assert_true(ip_equal(&b.home4, &full.home4) && ip_equal(&b.home6, &full.home6));
	assert_true(ip_equal(&b.network4.addr, &full.network4.addr) && b.network4.bits == 24);
	assert_true(ip_equal(&b.network6.addr, &full.network6.addr) && b.network6.bits == 64);
	assert_true(ip_equal(&b.home_lan, &full.home_lan));
}

TEST(the_unspecified_address_is_none)
{
	client_binding b = of_profile();
	reg_reply r = { .lifetime_s = 600, .home4 = ip4(0, 0, 0, 0) };

	assert_true(ip_parse("::", &r.home6));
	client_binding_grant(&b, now, &r);
	assert_int_equal(b.home4.b[3], 101);
	assert_int_equal(b.home6.len, 0);
}

TEST(addresses_stay_when_the_binding_ends)
{
	client_binding b = of_profile();

	client_binding_grant(&b, now,
			     &(reg_reply){ .lifetime_s = 600, .home4 = ip4(192, 168, 50, 102) });
	client_binding_end(&b);
	assert_false(client_binding_exists(&b));
	assert_int_equal(b.home4.b[3], 102);
}

RUN(T(the_profile_gives_addresses_and_home_the_binding),
    T(a_reply_that_leaves_something_out_leaves_it_as_it_was), T(the_unspecified_address_is_none),
    T(addresses_stay_when_the_binding_ends))
