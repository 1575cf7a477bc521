/* SPDX-License-Identifier: MIT */
/* v0 === v1, both here; nft(8) says what our transactions did, and packets what the kernel does by them. */
#include "io/filter/filter.h"
#include "io/filter/script.h"
#include "io/filter/watch.h"
#include "netns.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ID = 153 };

static ip_prefix prefix(const char *text)
{
	ip_prefix p;

	assert_true(prefix_parse(text, &p));
	return p;
}

static filter_rules rules_for(unsigned tunnel)
{
	filter_rules f = {
		.id = ID, .tunnel = tunnel, .mark = 99, .home4 = ip4(192, 168, 50, 101)
	};

	assert_true(ip_parse("2001:db8:50::65", &f.home6));
	return f;
}

static void set(const filter_rules *f)
{
	err e = { 0 };

	if (!filter_set(f, &e))
		fail_msg("%s", e.text);
}

TEST(filter_is_set_replaced_and_removed_any_number_of_times)
{
	NEED_NETNS();
	filter_rules f = rules_for(7);
	const ip_prefix closed[] = { prefix("0.0.0.0/0"), prefix("::/0"), prefix("10.0.0.0/8") };
	const ip_prefix local[] = { prefix("10.1.0.0/24"), prefix("fe80::/10") };
	filter_counts n;

	f.closed = closed;
	f.n_closed = COUNT(closed);
	f.local = local;
	f.n_local = COUNT(local);
	for (int i = 0; i < 2; i++) {
		set(&f);
		assert_int_equal(lines_with("nft list tables", "homeward-153"), 2);
		assert_int_equal(lines_with("nft list ruleset", "ip daddr 192.168.50.101"), 1);
		assert_int_equal(lines_with("nft list ruleset", "ip6 daddr 2001:db8:50::65"), 1);
		assert_int_equal(lines_with("nft list ruleset", "arp daddr ip 192.168.50.101"), 1);
		assert_int_equal(lines_with("nft list ruleset",
					    "meta nfproto ipv6 counter name \"out\" drop"),
				 1);
		assert_int_equal(lines_with("nft list ruleset", "ip daddr 10.1.0.0/24 accept"), 1);
		assert_true(filter_count(ID, &n));
		assert_int_equal(n.in + n.out, 0);
	}
	for (int i = 0; i < 2; i++) {
		assert_true(filter_remove(ID, NULL));
		assert_int_equal(lines_with("nft list tables", "homeward"), 0);
		assert_false(filter_count(ID, &n));
	}
}

TEST(other_instances_have_tables_of_their_own)
{
	NEED_NETNS();
	filter_rules f = rules_for(7);

	set(&f);
	f.id = 154;
	set(&f);
	assert_true(filter_remove(ID, NULL));
	assert_int_equal(lines_with("nft list tables", "homeward-154"), 2);
}

/* An ARP request for 192.168.50.101, out of v1 and so in by v0. */
static void ask_by_arp(void)
{
	static const uint8_t frame[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0,  0,  0, 0,
					   9,    8,    6,    0,    1,    8,    0,   6,  4,  0, 1,
					   2,    0,    0,    0,    0,    9,    10,  1,  0,  9, 0,
					   0,    0,    0,    0,    0,    192,  168, 50, 101 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex("v1") };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, frame, sizeof frame, 0, (struct sockaddr *)&to, sizeof to),
			 sizeof frame);
	close(fd);
}

TEST(arp_for_the_address_on_another_link_is_dropped_and_counted)
{
	NEED_NETNS();
	filter_counts n;
	filter_rules f = rules_for(4711);

	assert_true(run(
		"ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"));
	set(&f);
	ask_by_arp();
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.in, 1);
	f.home_link = if_nametoindex("v0");
	set(&f);
	ask_by_arp();
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.in, 1); /* at home: that link is as good as the tunnel */
}

TEST(what_is_closed_leaves_by_a_marked_socket_or_by_the_tunnel_alone)
{
	NEED_NETNS();
	const ip_prefix closed[] = { prefix("10.1.0.0/24") };
	filter_rules f = rules_for(4711);
	filter_counts n;

	assert_true(run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set "
			"v1 up && ip addr add 10.1.0.1/24 "
			"dev v0 && "
			"ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:01 dev v0"));
	f.closed = closed;
	f.n_closed = 1;
	set(&f);
	run("ping -c1 -W0.2 10.1.0.2 >/dev/null 2>&1");
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.out, 1);
	run("ping -c1 -W0.2 -m 99 10.1.0.2 >/dev/null 2>&1");
	run("ping -c1 -W0.2 10.1.0.1 >/dev/null 2>&1"); /* by the loopback */
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.out, 1);
	f.tunnel = if_nametoindex("v0");
	set(&f);
	run("ping -c1 -W0.2 10.1.0.2 >/dev/null 2>&1");
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.out, 1);
}

TEST(table_that_goes_is_noticed_and_other_changes_are_not)
{
	NEED_NETNS();
	const filter_rules f = rules_for(7);
	int fd = filter_watch_open(NULL);

	assert_true(fd >= 0);
	assert_false(filter_watch_drain(fd));
	assert_true(
		run("nft add table inet other && nft add set inet other s '{ type ipv4_addr; }' && "
		    "nft add element inet other s '{ 10.0.0.1 }' && nft flush table inet other"));
	assert_false(filter_watch_drain(fd));
	set(&f);
	filter_watch_drain(fd);
	assert_true(run("nft flush ruleset"));
	assert_true(filter_watch_drain(fd));
	assert_false(filter_watch_drain(fd));
	close(fd);
}

TEST(script_that_does_not_fit_is_refused)
{
	ip_prefix many[1000];
	filter_rules f = rules_for(7);
	char out[FILTER_SCRIPT];
	err e = { 0 };

	for (unsigned i = 0; i < COUNT(many); i++)
		many[i] = prefix("10.1.0.0/24");
	f.closed = many;
	f.n_closed = COUNT(many);
	assert_false(filter_script(&f, out));
	assert_false(filter_set(&f, &e));
	f.n_closed = 64;
	f.local = many;
	f.n_local = 64;
	assert_true(filter_script(&f, out));
}

TEST(what_has_its_name_already_gives_way)
{
	NEED_NETNS();
	filter_rules f = rules_for(7);

	f.id = 4;
	assert_true(run("nft add table inet other && nft add chain inet other d && nft add table "
			"inet homeward-4 && "
			"nft add chain inet homeward-4 arriving '{ type filter hook input priority "
			"7; }' && "
			"nft add rule inet homeward-4 arriving drop"));
	set(&f);
	assert_int_equal(lines_with("nft list ruleset", "hook input priority 7"), 0);
	assert_int_equal(lines_with("nft list ruleset", "hook prerouting priority raw"), 1);
	assert_int_equal(lines_with("nft list ruleset", "chain d "), 1);
}

TEST(counters_go_on_when_rules_are_replaced)
{
	NEED_NETNS();
	filter_rules f = rules_for(4711);
	filter_counts n;

	assert_true(run(
		"ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"));
	set(&f);
	ask_by_arp();
	f.home4 = ip4(192, 168, 50, 102);
	set(&f);
	ask_by_arp();
	assert_true(filter_count(ID, &n));
	assert_int_equal(n.in, 1);
	assert_int_equal(lines_with("nft list ruleset", "192.168.50.101"), 0);
}

RUN(T(filter_is_set_replaced_and_removed_any_number_of_times),
    T(other_instances_have_tables_of_their_own),
    T(arp_for_the_address_on_another_link_is_dropped_and_counted),
    T(what_is_closed_leaves_by_a_marked_socket_or_by_the_tunnel_alone),
    T(table_that_goes_is_noticed_and_other_changes_are_not), T(script_that_does_not_fit_is_refused),
    T(what_has_its_name_already_gives_way), T(counters_go_on_when_rules_are_replaced))
