/* SPDX-License-Identifier: MIT */
/* Virtual links stand for the tunnel's and for uplinks; ip(8) and nft(8) say what is on the system. */
#include "netns.h"
#include "routing.h"

enum { TABLE = 153, BASE = 150 };

static const route_set all_set = {
	.mode = ROUTES_ALL, .table = TABLE, .priority = BASE, .mark = 153
};
static const route_set home_set = {
	.mode = ROUTES_HOME, .table = TABLE, .priority = BASE, .mark = 153
};

static client_tunnel tunnel(bool up)
{
	client_tunnel t = { .up = up, .home4 = ip4(192, 168, 50, 101) };

	assert_true(prefix_parse("192.168.50.0/24", &t.network4));
	return t;
}

static void make_link(const char *name)
{
	assert_true(run(
		"ip link add %s type veth peer name p%s && ip link set %s up && ip link set p%s up "
		"&& ip addr add 192.168.50.101/32 dev %s",
		name, name, name, name, name));
}

static const logger quiet = { .level = LOG_ERROR };

static bool begin(routing *r, netcfg *net, const route_set *s, const char *link,
		  const client_tunnel *t, err *e)
{
	if (!routing_open(r, net, s, link, t, &quiet, e))
		return false;
	routing_filter(r, t);
	routing_apply(r, t);
	return true;
}

static void must_begin(routing *r, netcfg *net, const route_set *s, const char *link,
		       const client_tunnel *t)
{
	err e = { 0 };

	if (!begin(r, net, s, link, t, &e))
		fail_msg("%s", e.text);
}

static unsigned n_rules(void)
{
	return lines_with("ip rule; ip -6 rule", "proto 153");
}

static void is_clean(void)
{
	assert_int_equal(n_rules(), 0);
	assert_int_equal(lines_with("ip route show table all", "proto 153"), 0);
	assert_int_equal(lines_with("nft list tables", "homeward"), 0);
}

TEST(everything_is_set_and_removed)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	routing r;

	make_link("hw0");
	must_begin(&r, net, &all_set, "hw0", &t);
	assert_int_equal(lines_with("ip rule", "154:\tfrom all lookup 153"), 1);
	assert_int_equal(lines_with("ip -6 rule", "155:\tfrom all unreachable"), 1);
	assert_int_equal(lines_with("ip route show table 153",
				    "default dev hw0 proto 153 scope link src 192.168.50.101"),
			 1);
	assert_int_equal(lines_with("nft list tables", "homeward-153"), 2);
	unsigned n = n_rules();
	routing_apply(&r, &t);
	assert_int_equal(n_rules(), n);
	routing_close(&r, false);
	is_clean();
	netcfg_close(net);
}

TEST(closed_as_it_is_a_dhcp_client_can_add_a_route_by_a_gateway)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	routing r;

	make_link("hw0");
	must_begin(&r, net, &all_set, "hw0", &t);
	assert_true(
		run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 "
		    "up && "
		    "ip addr add 10.1.0.7/24 dev v0 && ip addr add 2001:db8:9::7/64 dev v0 nodad"));
	assert_true(run("ip route add default via 10.1.0.1 dev v0"));
	assert_true(run("ip -6 route add default via 2001:db8:9::1 dev v0"));
	assert_true(run("ip link del hw0")); /* killed */
	assert_true(run("ip route add 192.0.2.0/24 via 10.1.0.1 dev v0"));
	assert_int_equal(
		lines_with("ip route get 192.0.2.1 2>&1; ip -6 route get 2001:db8:5::1 2>&1", "v0"),
		0);
	routing_close(&r, false);
	netcfg_close(net);
}

TEST(what_a_killed_one_left_is_taken_over_and_does_not_pile_up)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true), before = tunnel(false);
	routing killed, next;

	make_link("hw0");
	must_begin(&killed, net, &all_set, "hw0", &t);
	unsigned n = n_rules();
	assert_true(run("ip link del hw0"));
	assert_int_equal(n_rules(), n);
	make_link("hw0");
	must_begin(&next, net, &all_set, "hw0", &before);
	assert_true(next.found);
	assert_int_equal(
		lines_with("ip route show table 153", "unreachable default proto 153 metric"), 1);
	routing_apply(&next, &t);
	assert_int_equal(n_rules(), n);
	routing_close(&next, false);
	is_clean();
	netcfg_close(net);
}

TEST(what_was_left_elsewhere_is_removed)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true), before = tunnel(false);
	route_set elsewhere = all_set;
	routing killed, next;

	elsewhere.table = 1000;
	elsewhere.priority = 500;
	make_link("hw0");
	must_begin(&killed, net, &elsewhere, "hw0", &t);
	assert_true(run("ip link del hw0"));
	make_link("hw1"); /* of another name, too */
	must_begin(&next, net, &home_set, "hw1", &before);
	assert_int_equal(n_rules(), 0);
	assert_int_equal(lines_with("nft list tables", "homeward-1000"), 0);
	assert_true(next.found);
	routing_close(&next, false);
	is_clean();
	netcfg_close(net);
}

TEST(one_that_runs_is_left_alone_and_its_place_is_taken)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	route_set other = all_set;
	routing first, second;
	err e = { 0 };

	make_link("hw0");
	make_link("hw1");
	must_begin(&first, net, &all_set, "hw0", &t);
	unsigned n = n_rules();
	assert_false(begin(&second, net, &all_set, "hw1", &t, &e));
	assert_non_null(strstr(e.text, "hw0 uses routing table 153"));
	other.table = 154;
	assert_false(begin(&second, net, &other, "hw1", &t, &e)); /* the priorities are taken */
	other.priority = BASE + 10;
	must_begin(&second, net, &other, "hw1", &t);
	assert_int_equal(n_rules(), 2 * n);
	routing_close(&second, false);
	assert_int_equal(n_rules(), n);
	assert_int_equal(lines_with("nft list tables", "homeward-153"), 2);
	routing_close(&first, false);
	is_clean();
	netcfg_close(net);
}

TEST(a_start_that_fails_can_leave_all_closed)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	routing r;

	make_link("hw0");
	must_begin(&r, net, &all_set, "hw0", &t);
	unsigned n = n_rules();
	routing_close(&r, true);
	assert_int_equal(n_rules(), n);
	netcfg_close(net);
}

TEST(sweep_removes_what_the_dead_left_and_nothing_else)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	route_set other = all_set;
	routing dead, alive;
	unsigned n;
	err e = { 0 };

	other.table = 154;
	other.priority = BASE + 10;
	make_link("hw0");
	make_link("hw1");
	must_begin(&dead, net, &all_set, "hw0", &t);
	unsigned of_one = n_rules();
	must_begin(&alive, net, &other, "hw1", &t);
	assert_true(run("ip link del hw0 && ip rule add pref 400 lookup 7"));
	assert_true(routing_sweep(&n, &e));
	assert_int_equal(n, of_one);
	assert_int_equal(n_rules(), of_one);
	assert_int_equal(lines_with("nft list tables", "homeward-154"), 2);
	assert_int_equal(lines_with("nft list tables", "homeward-153"), 0);
	assert_int_equal(lines_with("ip rule", "400:"), 1);
	assert_true(routing_sweep(&n, &e));
	assert_int_equal(n, 0);
	routing_close(&alive, false);
	netcfg_close(net);
}

TEST(coming_home_opens_and_leaving_closes)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel away = tunnel(true);
	client_tunnel home = tunnel(false);
	routing r;
	routing_status s;

	make_link("hw0");
	assert_true(run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set "
			"v1 up && ip addr add "
			"192.168.50.61/24 dev v0"));
	home.at_home = true;
	home.home_ifindex = netcfg_ifindex("v0");
	must_begin(&r, net, &all_set, "hw0", &away);
	routing_ask(&r, &s);
	assert_true(s.leads && s.closed && s.filtering);
	routing_filter(&r, &home);
	routing_apply(&r, &home);
	routing_ask(&r, &s);
	assert_false(s.leads || s.closed);
	assert_int_equal(lines_with("ip -6 rule", "unreachable"), 0);
	assert_int_equal(
		lines_with("ip route get 192.168.50.20", "dev v0 table 153 src 192.168.50.101"), 1);
	assert_int_equal(lines_with("ip route show table 153", "default"), 0);
	routing_filter(&r, &away);
	routing_apply(&r, &away);
	assert_int_equal(lines_with("ip route show table 153", "dev v0"), 0);
	assert_int_equal(
		lines_with("ip route show table 153", "unreachable default proto 153 metric"), 1);
	routing_close(&r, false);
	is_clean();
	netcfg_close(net);
}

TEST(filter_that_somebody_removed_is_set_again)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	routing_status s;
	routing r;

	make_link("hw0");
	must_begin(&r, net, &all_set, "hw0", &t);
	assert_true(run("nft flush ruleset"));
	routing_check_filter(&r);
	routing_ask(&r, &s);
	assert_true(s.filtering);
	assert_int_equal(
		lines_with("nft list ruleset", "meta nfproto ipv6 counter name \"out\" drop"), 1);
	routing_close(&r, false);
	is_clean();
	netcfg_close(net);
}

TEST(links_count_only_where_local_networks_are_open)
{
	NEED_NETNS();
	netcfg *net = netcfg_open(NULL);
	const client_tunnel t = tunnel(true);
	route_set local = all_set;
	uplink u = { .local = { ip4(10, 1, 0, 7), 24 } };
	routing r;

	make_link("hw0");
	must_begin(&r, net, &all_set, "hw0", &t);
	assert_false(routing_links(&r, &u, 1));
	routing_close(&r, false);
	local.local = true;
	must_begin(&r, net, &local, "hw0", &t);
	assert_true(routing_links(&r, &u, 1));
	assert_false(routing_links(&r, &u, 1));
	routing_filter(&r, &t);
	routing_apply(&r, &t);
	assert_int_equal(lines_with("ip rule", "153:\tfrom all to 10.1.0.0/24 goto 159"), 1);
	assert_int_equal(lines_with("nft list ruleset", "ip daddr 10.1.0.0/24 accept"), 1);
	assert_true(routing_links(&r, &u, 0));
	routing_filter(&r, &t);
	routing_apply(&r, &t);
	assert_int_equal(lines_with("ip rule", "10.1.0.0/24"), 0);
	assert_int_equal(lines_with("nft list ruleset", "10.1.0.0/24"), 0);
	routing_close(&r, false);
	netcfg_close(net);
}

RUN(T(everything_is_set_and_removed), T(closed_as_it_is_a_dhcp_client_can_add_a_route_by_a_gateway),
    T(what_a_killed_one_left_is_taken_over_and_does_not_pile_up),
    T(what_was_left_elsewhere_is_removed), T(one_that_runs_is_left_alone_and_its_place_is_taken),
    T(a_start_that_fails_can_leave_all_closed),
    T(sweep_removes_what_the_dead_left_and_nothing_else), T(coming_home_opens_and_leaving_closes),
    T(filter_that_somebody_removed_is_set_again), T(links_count_only_where_local_networks_are_open))
