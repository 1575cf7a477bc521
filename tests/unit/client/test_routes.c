/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>

enum { TUN = 7, LAN = 3, BASE = 150, TABLE = 153, MARK = 99, END = BASE + 9 };

static const route_set home_set = {
	.mode = ROUTES_HOME, .table = TABLE, .priority = BASE, .mark = MARK
};
static const route_set all_set = {
	.mode = ROUTES_ALL, .table = TABLE, .priority = BASE, .mark = MARK
};

static ip_prefix prefix(const char *text)
{
	ip_prefix p;

	assert_true(prefix_parse(text, &p));
	return p;
}

static client_tunnel away(void)
{
	return (client_tunnel){ .up = true,
				.home4 = ip4(192, 168, 50, 101),
				.network4 = prefix("192.168.50.0/24") };
}

static client_tunnel away_with_ip6(void)
{
	client_tunnel t = away();

	ip_parse("2001:db8:50::65", &t.home6);
	t.network6 = prefix("2001:db8:50::/64");
	return t;
}

static routes_input input(const route_set *s, const client_tunnel *t)
{
	return (routes_input){ .set = s, .tunnel = t, .device = TUN, .device_name = "hw0" };
}

static routes wanted(const route_set *s, const client_tunnel *t)
{
	const routes_input in = input(s, t);
	routes r;

	routes_wanted(&in, &r);
	return r;
}

/* "FAMILY+STEP ACTION from F to T" */
static const char *shown(const netcfg_rule *r, char out[200])
{
	static const char *const actions[] = { "lookup", "goto", "nop", "unreachable" };
	char from[ENDPOINT_STRLEN] = "any", to[ENDPOINT_STRLEN] = "any";

	if (r->from.addr.len)
		prefix_format(&r->from, from);
	if (r->to.addr.len)
		prefix_format(&r->to, to);
	snprintf(out, 200, "%d+%u %s from %s to %s", r->family == AF_INET6 ? 6 : 4,
		 r->priority - BASE, actions[r->action], from, to);
	return out;
}

static unsigned count(const routes *r, const char *rule)
{
	char text[200];
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_rules; i++)
		n += strcmp(shown(&r->rules[i], text), rule) == 0;
	return n;
}

static unsigned count_action(const routes *r, netcfg_rule_action action)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_rules; i++)
		n += r->rules[i].action == action;
	return n;
}

static void is_route(const routes *r, unsigned i, const char *to, uint32_t ifindex,
		     const ip_addr *src)
{
	char text[ENDPOINT_STRLEN];

	assert_true(i < r->n);
	assert_string_equal(prefix_format(&r->set[i].to, text), to);
	assert_int_equal(r->set[i].ifindex, ifindex);
	assert_int_equal(r->set[i].table, TABLE);
	assert_true(ip_equal(&r->set[i].prefsrc, src));
}

/* And behind the route into the tunnel. */
static void is_unreachable(const routes *r, unsigned i)
{
	assert_true(i < r->n);
	assert_true(r->set[i].unreachable && r->set[i].metric > r->set[0].metric);
	assert_int_equal(r->set[i].to.addr.len, 4);
	assert_int_equal(r->set[i].to.bits + r->set[i].ifindex, 0);
	assert_int_equal(r->set[i].table, TABLE);
}

TEST(home_network_is_looked_up_in_a_table_that_leads_into_the_tunnel)
{
	const client_tunnel t = away();
	routes r = wanted(&home_set, &t);

	assert_int_equal(count(&r, "4+4 lookup from any to 192.168.50.0/24"), 1);
	assert_int_equal(r.n, 1);
	is_route(&r, 0, "0.0.0.0/0", TUN, &t.home4);
	for (unsigned i = 0; i < r.n_rules; i++)
		if (r.rules[i].action == NETCFG_LOOKUP)
			assert_int_equal(r.rules[i].target, TABLE);
}

TEST(what_comes_from_the_permanent_address_leaves_by_the_tunnel_or_not_at_all)
{
	const client_tunnel t = away_with_ip6();
	routes r = wanted(&home_set, &t);

	assert_int_equal(count(&r, "4+1 lookup from 192.168.50.101/32 to any"), 1);
	assert_int_equal(count(&r, "4+2 unreachable from 192.168.50.101/32 to any"), 1);
	assert_int_equal(count(&r, "6+1 lookup from 2001:db8:50::65/128 to any"), 1);
	assert_int_equal(count(&r, "6+2 unreachable from 2001:db8:50::65/128 to any"), 1);
	assert_int_equal(count_action(&r, NETCFG_UNREACHABLE), 2); /* fail-open: nothing else is */
	assert_int_equal(r.n_closed, 0);
}

static bool has_exemption(const routes *r, int family, uint32_t mark, const char *link,
			  uint16_t sport, uint16_t dport)
{
	for (unsigned i = 0; i < r->n_rules; i++) {
		const netcfg_rule *k = &r->rules[i];
		if (k->family == family && k->priority == BASE && k->action == NETCFG_GOTO &&
		    k->target == END && k->mark == mark && strcmp(k->link, link) == 0 &&
		    k->dport == dport && k->sport == sport && k->protocol == (dport ? 17 : 0))
			return true;
	}
	return false;
}

TEST(own_sockets_the_tunnels_packets_and_dhcp_are_exempt_in_both_families)
{
	const client_tunnel t = away();
	routes r = wanted(&all_set, &t);

	assert_true(has_exemption(&r, AF_INET, MARK, "", 0, 0));
	assert_true(has_exemption(&r, AF_INET6, MARK, "", 0, 0));
	assert_true(has_exemption(&r, AF_INET, 0, "hw0", 0, 0));
	assert_true(has_exemption(&r, AF_INET6, 0, "hw0", 0, 0));
	assert_true(has_exemption(&r, AF_INET, 0, "", 68, 67));
	assert_true(has_exemption(&r, AF_INET6, 0, "", 546, 547));
	assert_int_equal(count(&r, "4+9 nop from any to any"), 1);
	assert_int_equal(count(&r, "6+9 nop from any to any"), 1);
}

TEST(everything_is_closed_in_both_families_by_default)
{
	const client_tunnel t = away();
	routes r = wanted(&all_set, &t);

	assert_int_equal(count(&r, "4+4 lookup from any to 0.0.0.0/0"), 1);
	assert_int_equal(count(&r, "4+5 unreachable from any to 0.0.0.0/0"),
			 0); /* a gateway may be there */
	assert_int_equal(count(&r, "6+4 lookup from any to ::/0"), 1);
	assert_int_equal(count(&r, "6+5 unreachable from any to ::/0"), 1);
	assert_int_equal(r.n_closed, 2);
	assert_int_equal(r.n, 2); /* no IPv6 address: "unreachable", at once */
	is_unreachable(&r, 1);
}

TEST(fail_open_sends_ip6_into_the_tunnel_even_without_an_address)
{
	const client_tunnel t = away();
	const ip_addr none = { 0 };
	route_set open = all_set;

	open.fail = ROUTES_FAIL_OPEN;
	routes r = wanted(&open, &t);
	assert_int_equal(r.n, 2);
	is_route(&r, 1, "::/0", TUN, &none);
	assert_true(routes_use_ip6(&open, &t));
	assert_false(routes_use_ip6(&all_set, &t));
	assert_int_equal(count_action(&r, NETCFG_UNREACHABLE), 1); /* from the permanent address */
}

TEST(closed_from_the_start_and_until_the_end_but_without_an_address_as_source)
{
	const ip_addr none = { 0 };
	client_tunnel t = away();

	t.up = false;
	routes r = wanted(&all_set, &t);
	assert_int_equal(count(&r, "6+5 unreachable from any to ::/0"), 1);
	is_unreachable(&r, 1);
	is_route(&r, 0, "0.0.0.0/0", TUN, &none); /* for loose reverse path filtering */
	r = wanted(&home_set, &t);
	assert_int_equal(r.n_rules + r.n, 0);
	route_set closed = home_set;
	closed.fail = ROUTES_FAIL_CLOSED;
	r = wanted(&closed, &t);
	assert_int_equal(count(&r, "4+4 lookup from any to 192.168.50.0/24"), 1);
	is_unreachable(&r, 1);
}

TEST(list_is_taken_as_it_is)
{
	const client_tunnel t = away();
	route_set list = home_set;

	list.mode = ROUTES_LIST;
	list.n = 3;
	list.prefixes[0] = prefix("0.0.0.0/0");
	list.prefixes[1] = prefix("10.9.8.7/32");
	list.prefixes[2] = prefix("2001:db8::/32");
	routes r = wanted(&list, &t);
	assert_int_equal(count(&r, "4+4 lookup from any to 0.0.0.0/0"), 1);
	assert_int_equal(count(&r, "4+4 lookup from any to 10.9.8.7/32"), 1);
	assert_int_equal(count(&r, "6+4 lookup from any to 2001:db8::/32"), 1);
	assert_int_equal(count(&r, "4+4 lookup from any to 192.168.50.0/24"), 0);
	assert_true(routes_use_ip6(&list, &t));
	list.n = 2;
	assert_false(routes_use_ip6(&list, &t));
}

TEST(a_full_list_of_each_kind_has_room)
{
	const client_tunnel t = away_with_ip6();
	route_set list = home_set;

	list.mode = ROUTES_LIST;
	list.fail = ROUTES_FAIL_CLOSED;
	list.n = ROUTES_LISTED;
	for (unsigned i = 0; i < ROUTES_LISTED; i++) {
		list.prefixes[i] = prefix("10.0.0.0/16");
		list.prefixes[i].addr.b[1] = (uint8_t)i;
	}
	routes r = wanted(&list, &t);
	assert_int_equal(count(&r, "4+4 lookup from any to 10.31.0.0/16"), 1);
	assert_int_equal(r.n, ROUTES_MAX);
	assert_int_equal(r.n_closed, ROUTES_LISTED);
}

TEST(at_home_the_network_is_on_the_home_link_and_nothing_is_closed)
{
	client_tunnel t = away_with_ip6();

	t.up = false;
	t.at_home = true;
	t.home_ifindex = LAN;
	routes r = wanted(&all_set, &t);
	assert_int_equal(count(&r, "4+4 lookup from any to 192.168.50.0/24"), 1);
	assert_int_equal(count(&r, "6+4 lookup from any to 2001:db8:50::/64"), 1);
	assert_int_equal(count_action(&r, NETCFG_UNREACHABLE), 0);
	assert_int_equal(r.n, 2);
	is_route(&r, 0, "192.168.50.0/24", LAN, &t.home4);
	is_route(&r, 1, "2001:db8:50::/64", LAN, &t.home6);
}

static routes with_links(bool local, const char *const *links, unsigned n)
{
	const client_tunnel t = away();
	route_set s = all_set;
	routes r;

	s.local = local;
	routes_input in = input(&s, &t);
	for (unsigned i = 0; i < n; i++) {
		char text[64];
		snprintf(text, sizeof text, "%s", links[i]);
		char *slash = strchr(text, '/');
		*slash = 0;
		assert_true(ip_parse(text, &in.links[i].addr));
		in.links[i].bits = (uint8_t)atoi(slash + 1);
		in.n_links++;
	}
	routes_wanted(&in, &r);
	return r;
}

TEST(local_networks_are_open_only_if_asked_for_private_and_not_homes)
{
	static const char *const links[] = { "10.1.0.7/24",    "172.17.0.1/16",
					     "8.8.8.9/8",      "192.168.50.61/25",
					     "192.168.0.5/16", "192.168.7.9/24",
					     "fd00:1::5/64",   "2001:db8:9::5/64" };
	routes r = with_links(true, links, COUNT(links));

	assert_int_equal(count(&r, "4+3 goto from any to 10.1.0.0/24"), 1);
	assert_int_equal(count(&r, "4+3 goto from any to 172.17.0.0/16"), 1);
	assert_int_equal(count(&r, "4+3 goto from any to 192.168.7.0/24"), 1);
	assert_int_equal(count(&r, "6+3 goto from any to fd00:1::/64"), 1);
	assert_int_equal(count(&r, "6+3 goto from any to fe80::/10"), 1);
	assert_int_equal(count(&r, "4+3 goto from any to 224.0.0.0/4"), 1);
	assert_int_equal(count(&r, "4+3 goto from any to 8.0.0.0/8"), 0);       /* not private */
	assert_int_equal(count(&r, "4+3 goto from any to 192.168.50.0/25"), 0); /* home's */
	assert_int_equal(count(&r, "4+3 goto from any to 192.168.0.0/16"), 0);  /* and around it */
	assert_int_equal(r.n_local, 8);
	r = with_links(false, links, COUNT(links));
	assert_int_equal(r.n_local, 0);
	assert_int_equal(count(&r, "4+3 goto from any to 10.1.0.0/24"), 0);
}

TEST(local_prefixes_end_where_private_ranges_do)
{
	static const char *const in[] = { "172.31.255.1/24", "169.254.1.1/16", "10.0.0.1/8" };
	static const char *const out[] = { "172.32.0.1/24", "169.255.1.1/16", "10.0.0.1/7",
					   "fe00::1/16", "192.169.1.1/24" };

	routes r = with_links(true, in, COUNT(in));
	assert_int_equal(r.n_local, 4 + 3);
	r = with_links(true, out, COUNT(out));
	assert_int_equal(r.n_local, 4);
}

TEST(stopped_and_fail_open_means_nothing)
{
	const client_tunnel t = { 0 };
	routes r = wanted(&home_set, &t);

	assert_int_equal(r.n_rules + r.n, 0);
}

RUN(T(home_network_is_looked_up_in_a_table_that_leads_into_the_tunnel),
    T(what_comes_from_the_permanent_address_leaves_by_the_tunnel_or_not_at_all),
    T(own_sockets_the_tunnels_packets_and_dhcp_are_exempt_in_both_families),
    T(everything_is_closed_in_both_families_by_default),
    T(fail_open_sends_ip6_into_the_tunnel_even_without_an_address),
    T(closed_from_the_start_and_until_the_end_but_without_an_address_as_source),
    T(list_is_taken_as_it_is), T(a_full_list_of_each_kind_has_room),
    T(at_home_the_network_is_on_the_home_link_and_nothing_is_closed),
    T(local_networks_are_open_only_if_asked_for_private_and_not_homes),
    T(local_prefixes_end_where_private_ranges_do), T(stopped_and_fail_open_means_nothing))
