/* SPDX-License-Identifier: MIT */
/* What the configuration's names stand for, from one look-up and one configuration to the next. */
#include "unit.h"
#include "public_names.h"

static char *text(const char *s) /* nobody writes to it */
{
	return (char *)(uintptr_t)s;
}

static server_conf publics(const char *a, const char *b)
{
	return (server_conf){ .publics = { text(a), text(b) }, .n_publics = b ? 2 : 1 };
}

static ip_addr addr(const char *text)
{
	ip_addr a;

	assert_true(ip_parse(text, &a));
	return a;
}

static dns_answer found(const char *a, const char *b)
{
	dns_answer x = { .outcome = DNS_FOUND, .at = { addr(a) }, .n = 1 };

	if (b)
		x.at[x.n++] = addr(b);
	return x;
}

static const dns_answer nothing = { .outcome = DNS_SILENT };

static void expect(const public_names *t, const char *name, const char *address)
{
	ip_addr out[DNS_ADDRESSES], wanted;
	size_t n = public_names_find(t, name, out, DNS_ADDRESSES);

	assert_int_equal(n > 0, address != NULL);
	if (!address)
		return;
	wanted = addr(address);
	assert_true(ip_equal(&out[0], &wanted));
}

TEST(a_name_is_looked_up_once_whoever_has_it_and_an_address_is_not)
{
	public_names t = { 0 };
	server_conf c = publics("home.example.net:4501", "203.0.113.2:434");

	c.relays[0].public = text("HOME.example.net");
	c.relays[1].public = text("relay.example.net");
	c.relays[2].public = text("2001:db8::1");
	c.n_relays = 4; /* the last has no public */
	public_names_take(&t, &c);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.list[0].host, "home.example.net");
	assert_string_equal(t.list[1].host, "relay.example.net");
}

TEST(addresses_need_no_look_up)
{
	public_names t = { 0 };
	endpoint at;

	expect(&t, "203.0.113.2", "203.0.113.2");
	expect(&t, "203.0.113.2:434", "203.0.113.2");
	expect(&t, "2001:db8::1", "2001:db8::1");
	expect(&t, "[2001:db8::1]:434", "2001:db8::1");
	assert_true(public_names_endpoint(&t, "203.0.113.2:434", 4500, &at));
	assert_int_equal(at.port, 434);
	assert_true(public_names_endpoint(&t, "2001:db8::1", 4500, &at));
	assert_int_equal(at.port, 4500);
	assert_int_equal(at.addr.len, 16);
}

TEST(a_name_stands_for_what_was_found_at_its_own_port)
{
	public_names t = { 0 };
	server_conf c = publics("home.example.net", NULL);
	dns_answer two = found("203.0.113.2", "203.0.113.3");
	ip_addr out[2];
	endpoint at;

	public_names_take(&t, &c);
	expect(&t, "home.example.net", NULL);
	assert_false(public_names_endpoint(&t, "home.example.net", 4500, &at));
	assert_true(public_names_put(&t, 0, &two));
	assert_int_equal(public_names_find(&t, "home.example.net", out, 1), 1);
	assert_int_equal(public_names_find(&t, "HOME.example.net:99", out, 2), 2);
	assert_true(ip_equal(&out[1], &two.at[1]));
	assert_true(public_names_endpoint(&t, "home.example.net", 4500, &at));
	assert_int_equal(at.port, 4500);
	assert_true(public_names_endpoint(&t, "home.example.net:434", 4500, &at));
	assert_int_equal(at.port, 434);
	assert_true(ip_equal(&at.addr, &two.at[0]));
	expect(&t, "other.example.net", NULL);
}

TEST(what_is_not_found_any_more_stays)
{
	public_names t = { 0 };
	server_conf c = publics("home.example.net", NULL);
	dns_answer one = found("203.0.113.2", NULL);

	public_names_take(&t, &c);
	public_names_put(&t, 0, &one);
	assert_false(public_names_put(&t, 0, &nothing));
	expect(&t, "home.example.net", "203.0.113.2");
}

TEST(another_order_is_no_change_other_addresses_are)
{
	public_names t = { 0 };
	server_conf c = publics("home.example.net", NULL);
	dns_answer two = found("203.0.113.2", "203.0.113.3"),
		   turned = found("203.0.113.3", "203.0.113.2"), one = found("203.0.113.3", NULL),
		   other = found("203.0.113.9", NULL);

	public_names_take(&t, &c);
	assert_true(public_names_put(&t, 0, &two));
	assert_false(public_names_put(&t, 0, &turned));
	expect(&t, "home.example.net", "203.0.113.2");
	assert_true(public_names_put(&t, 0, &one));
	expect(&t, "home.example.net", "203.0.113.3");
	assert_true(public_names_put(&t, 0, &other));
	expect(&t, "home.example.net", "203.0.113.9");
}

TEST(another_configuration_keeps_what_is_known_of_its_names_and_no_others)
{
	public_names t = { 0 };
	server_conf before = publics("home.example.net", "gone.example.net"),
		    after = publics("new.example.net", "Home.example.net");
	dns_answer one = found("203.0.113.2", NULL), two = found("203.0.113.3", NULL);

	public_names_take(&t, &before);
	public_names_put(&t, 0, &one);
	public_names_put(&t, 1, &two);
	public_names_take(&t, &after);
	assert_int_equal(t.n, 2);
	expect(&t, "new.example.net", NULL);
	expect(&t, "home.example.net", "203.0.113.2");
	expect(&t, "gone.example.net", NULL);
}

RUN(T(a_name_is_looked_up_once_whoever_has_it_and_an_address_is_not), T(addresses_need_no_look_up),
    T(a_name_stands_for_what_was_found_at_its_own_port), T(what_is_not_found_any_more_stays),
    T(another_order_is_no_change_other_addresses_are),
    T(another_configuration_keeps_what_is_known_of_its_names_and_no_others))
