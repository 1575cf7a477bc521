/* SPDX-License-Identifier: MIT */
/* left and right are TUN devices, this machine routes between them: what is written to one,
 * joined, is read from the other as one super-segment, and cut again holds the same octets. */
#include "io/net/tun.h"
#include "core/packet/join.h"
#include "core/packet/segment.h"
#include "proto/checksum.h"
#include "netns.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

enum { SEGMENTS = 20, PAYLOAD = 1000, PACKET = 20 + 20 + PAYLOAD, PLAIN = 28 };

typedef struct scene {
	tun *left, *right;
	join j;
	uint8_t *buf;
	uint8_t pkts[SEGMENTS][PACKET];
	err e;
} scene;

static void set_up(scene *s)
{
	memset(s, 0, sizeof(*s));
	s->left = tun_open("left", &s->e);
	s->right = tun_open("right", &s->e);
	assert_non_null(s->left);
	assert_non_null(s->right);
	assert_true(join_init(&s->j, tun_takes_udp(s->left)));
	s->buf = malloc(TUN_READ_MAX);
	assert_true(run("ip addr add 10.1.0.1/24 dev left && ip addr add 10.2.0.1/24 dev right && "
			"ip link set left up && ip link set right up && "
			"echo 1 > /proc/sys/net/ipv4/ip_forward"));
}

static void tear_down(scene *s)
{
	free(s->buf);
	join_free(&s->j);
	tun_close(s->left);
	tun_close(s->right);
}

/* From 10.1.0.2 to 10.2.0.2; the header's checksum done. */
static void put_ip(uint8_t *p, uint16_t len, uint8_t proto)
{
	static const uint8_t addrs[8] = { 10, 1, 0, 2, 10, 2, 0, 2 };

	memset(p, 0, 20);
	p[0] = 0x45;
	store_be16(p + 2, len);
	p[6] = 0x40; /* DF */
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, addrs, 8);
	uint16_t c = csum_fold(csum_partial(p, 20, 0));
	memcpy(p + 10, &c, 2);
}

static void put_checksum(uint8_t *p, size_t len, uint8_t proto, size_t at)
{
	ip_view v;

	assert_true(ip_parse_packet(p, len, false, &v));
	memset(p + 20 + at, 0, 2);
	uint16_t c = csum_transport(p, &v, proto);
	memcpy(p + 20 + at, &c, 2);
	assert_int_equal(csum_transport(p, &v, proto), 0);
}

static void put_tcp(uint8_t *p, unsigned i)
{
	put_ip(p, PACKET, IPPROTO_NUM_TCP);
	uint8_t *t = p + 20;
	memset(t, 0, 20);
	store_be16(t, 1000);
	store_be16(t + 2, 80);
	store_be32(t + 4, 5000 + i * PAYLOAD);
	store_be32(t + 8, 1);
	t[12] = 5 << 4;
	t[13] = TCP_ACK;
	store_be16(t + 14, 500);
	for (unsigned k = 0; k < PAYLOAD; k++)
		t[20 + k] = (uint8_t)(i * 7 + k);
	put_checksum(p, PACKET, IPPROTO_NUM_TCP, 16);
}

/* The next IPv4 packet; the kernel's own IPv6 multicast is passed over. */
static size_t read_ip4(scene *s)
{
	struct pollfd p = { .fd = tun_fd(s->right), .events = POLLIN };

	for (;;) {
		assert_int_equal(poll(&p, 1, 60000), 1);
		ssize_t n = tun_read(s->right, s->buf);
		assert_true(n > VNET_HDR_LEN);
		if (s->buf[VNET_HDR_LEN] >> 4 == 4)
			return (size_t)n;
	}
}

static void write_joined(scene *s)
{
	for (unsigned i = 0; i < SEGMENTS; i++) {
		ip_view v;
		put_tcp(s->pkts[i], i);
		assert_true(ip_parse_packet(s->pkts[i], PACKET, false, &v));
		join_add(&s->j, s->pkts[i], &v);
	}
	join_finish(&s->j);
}

TEST(joined_tcp_goes_in_as_one_and_comes_out_as_one)
{
	scene s;
	segmenter cut;
	uint8_t out[PACKET];
	unsigned i = 0;

	NEED_NETNS();
	set_up(&s);
	write_joined(&s);
	assert_int_equal(s.j.n, 1);
	assert_int_equal(tun_write(s.left, &s.j), 0);
	size_t n = read_ip4(&s);
	assert_int_equal(n, VNET_HDR_LEN + 40 + SEGMENTS * PAYLOAD);
	assert_int_equal(segment_begin(&cut, s.buf, n, PACKET), SEGMENT_OK);
	for (size_t len; (len = segment_next(&cut, out)) > 0; i++) {
		ip_view v;
		assert_int_equal(len, PACKET);
		assert_true(ip_parse_packet(out, len, false, &v));
		assert_int_equal(csum_transport(out, &v, IPPROTO_NUM_TCP), 0);
		assert_int_equal(out[8], 63); /* it was forwarded */
		assert_memory_equal(out + 24, s.pkts[i] + 24, 4);
		assert_memory_equal(out + 40, s.pkts[i] + 40, PAYLOAD);
	}
	assert_int_equal(i, SEGMENTS);
	tear_down(&s);
}

TEST(plain_packet_passes_as_it_is)
{
	scene s;
	uint8_t p[PLAIN];

	NEED_NETNS();
	set_up(&s);
	put_ip(p, PLAIN, IPPROTO_NUM_UDP);
	memcpy(p + 20, "\x04\x00\x04\x01\x00\x08\0\0", 8);
	put_checksum(p, PLAIN, IPPROTO_NUM_UDP, 6);
	assert_true(tun_write_packet(s.left, p, PLAIN));
	assert_int_equal(read_ip4(&s), VNET_HDR_LEN + PLAIN);
	assert_memory_equal(s.buf + VNET_HDR_LEN + 12, p + 12, PLAIN - 12);
	while (tun_read(s.right, s.buf) > 0)
		;
	assert_int_equal(tun_read(s.right, s.buf), 0); /* nothing there */
	tear_down(&s);
}

TEST(what_the_kernel_refuses_is_counted)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	write_joined(&s);
	assert_true(run("ip link set left down"));
	assert_int_equal(tun_write(s.left, &s.j), 1);
	assert_false(tun_write_packet(s.left, s.pkts[0], PACKET));
	tear_down(&s);
}

TEST(device_that_was_removed_is_an_error_to_read)
{
	scene s;

	NEED_NETNS();
	set_up(&s);
	assert_true(run("ip link del right"));
	assert_true(tun_read(s.right, s.buf) < 0);
	tear_down(&s);
}

TEST(device_reports_its_name_and_index)
{
	err e;

	NEED_NETNS();
	tun *t = tun_open("hw%d", &e);
	assert_non_null(t);
	assert_string_equal(tun_name(t), "hw0");
	assert_true(tun_ifindex(t) > 0);
	assert_int_equal(lines_with("ip -d link", "tun type tun"), 1);
	tun_close(t);
	assert_int_equal(lines_with("ip link", "hw0"), 0);
}

TEST(name_in_use_is_reported)
{
	err e;

	NEED_NETNS();
	tun *t = tun_open("hw0", &e);
	assert_null(tun_open("hw0", &e));
	assert_non_null(strstr(e.text, "hw0 is in use"));
	assert_null(tun_open("lo", &e));
	assert_non_null(strstr(e.text, "lo exists already"));
	assert_null(tun_open("a-name-that-is-too-long", &e));
	assert_int_equal(e.kind, ERR_USAGE);
	tun_close(t);
}

static bool unprivileged(void)
{
	err e = { 0 };

	return setuid(65534) == 0 && !tun_open("hw0", &e) && strstr(e.text, "CAP_NET_ADMIN");
}

/* /dev of its own, without the device, in a mount namespace of its own. */
static bool without_device(void)
{
	err e = { 0 };

	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/dev", "tmpfs", 0, NULL) == 0 && !tun_open("hw0", &e) &&
	       strstr(e.text, "modprobe tun");
}

TEST(missing_capability_and_missing_device_say_what_to_do)
{
	NEED_NETNS();
	assert_true(in_child(unprivileged));
	assert_true(in_child(without_device));
}

RUN(T(joined_tcp_goes_in_as_one_and_comes_out_as_one), T(plain_packet_passes_as_it_is),
    T(what_the_kernel_refuses_is_counted), T(device_that_was_removed_is_an_error_to_read),
    T(device_reports_its_name_and_index), T(name_in_use_is_reported),
    T(missing_capability_and_missing_device_say_what_to_do))
