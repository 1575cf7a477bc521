/* SPDX-License-Identifier: MIT */
/* v0 === v1, both here: what is announced on v0 is captured on v1, and v1's neighbour table
 * learns it. */
#include "io/net/announce.h"
#include "io/net/netcfg.h"
#include "base/wire.h"
#include "netns.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 0x0a };

typedef struct scene {
	announcer *a;
	uint32_t v0;
	int capture;
	uint8_t frame[128];
	err e;
} scene;

static int capture_on(uint32_t ifindex, uint16_t type)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
				 .sll_protocol = htons(type),
				 .sll_ifindex = (int)ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void set_up(scene *s, uint16_t type)
{
	memset(s, 0, sizeof(*s));
	assert_true(
		run("ip link add v0 address 02:00:00:00:00:0a type veth peer name v1 && "
		    "for i in v0 v1; do ip link set $i addrgenmode none up; done; "
		    "ip addr add 192.168.50.2/24 dev v1 && ip addr add fd50::2/64 dev v1 nodad && "
		    "ip addr add fe80::a/64 dev v0 nodad && "
		    "echo 1 > /proc/sys/net/ipv4/conf/v1/arp_accept"));
	s->v0 = netcfg_ifindex("v0");
	s->a = announcer_open(&s->e);
	assert_non_null(s->a);
	s->capture = capture_on(netcfg_ifindex("v1"), type);
}

static void tear_down(scene *s)
{
	close(s->capture);
	announcer_close(s->a);
}

static bool say(scene *s, const char *text)
{
	ip_addr addr;

	assert_true(ip_parse(text, &addr));
	return announce(s->a, s->v0, mac, &addr, &s->e);
}

/* The next frame that came in; how long it is. */
static ssize_t next_frame(scene *s)
{
	struct pollfd p = { .fd = s->capture, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 60000), 1);
	ssize_t n = recv(s->capture, s->frame, sizeof(s->frame), 0);
	assert_true(n >= 60);
	assert_memory_equal(s->frame + 6, mac, 6);
	return n;
}

static void assert_arp(scene *s, uint16_t op)
{
	static const uint8_t addr[4] = { 192, 168, 50, 101 };
	static const uint8_t fixed[8] = { 0, 1, 0x08, 0x00, 6, 4, 0, 0 };

	next_frame(s);
	assert_memory_equal(s->frame, "\xff\xff\xff\xff\xff\xff", 6);
	assert_memory_equal(s->frame + 14, fixed, 6);
	assert_int_equal(load_be16(s->frame + 20), op);
	assert_memory_equal(s->frame + 22, mac, 6);
	assert_memory_equal(s->frame + 28, addr, 4);
	assert_memory_equal(s->frame + 38, addr, 4);
}

TEST(ip4_is_announced_as_request_and_as_reply)
{
	scene s;

	NEED_NETNS();
	set_up(&s, ETHERTYPE_ARP);
	assert_true(say(&s, "192.168.50.101"));
	assert_arp(&s, 1);
	assert_arp(&s, 2);
	assert_int_equal(
		lines_with("ip neigh show dev v1", "192.168.50.101 lladdr 02:00:00:00:00:0a"), 1);
	tear_down(&s);
}

/* The kernel checks the checksum, the hop limit and the lengths before it believes. */
TEST(ip6_announcement_overrides_what_a_neighbour_knew)
{
	scene s;
	ssize_t n;

	NEED_NETNS();
	set_up(&s, ETHERTYPE_IPV6);
	assert_true(run("ip neigh add fd50::101 dev v1 lladdr 02:00:00:00:00:99 nud stale"));
	assert_true(say(&s, "fd50::101"));
	do
		n = next_frame(&s);
	while (s.frame[54] != 136); /* the kernel's own multicast reports come by too */
	assert_int_equal(n, 86);
	assert_memory_equal(s.frame, "\x33\x33\0\0\0\x01", 6);
	assert_memory_equal(s.frame + 22, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a", 16);
	assert_int_equal(s.frame[58], 0x20);
	assert_int_equal(lines_with("ip neigh show dev v1", "fd50::101 lladdr 02:00:00:00:00:0a"),
			 1);
	tear_down(&s);
}

TEST(link_layer_address_of_an_ethernet_link_only)
{
	uint8_t got[6];
	scene s;

	NEED_NETNS();
	set_up(&s, ETHERTYPE_ARP);
	assert_true(announce_link_mac(s.v0, got));
	assert_memory_equal(got, mac, 6);
	assert_false(announce_link_mac(1, got)); /* lo */
	assert_false(announce_link_mac(4711, got));
	tear_down(&s);
}

TEST(link_that_is_gone_is_an_error)
{
	scene s;

	NEED_NETNS();
	set_up(&s, ETHERTYPE_ARP);
	assert_true(run("ip link del v0"));
	assert_false(say(&s, "192.168.50.101"));
	assert_non_null(strstr(s.e.text, "192.168.50.101"));
	assert_false(say(&s, "fd50::101"));
	tear_down(&s);
}

RUN(T(ip4_is_announced_as_request_and_as_reply),
    T(ip6_announcement_overrides_what_a_neighbour_knew),
    T(link_layer_address_of_an_ethernet_link_only), T(link_that_is_gone_is_an_error))
