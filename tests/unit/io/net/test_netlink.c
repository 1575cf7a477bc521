/* SPDX-License-Identifier: MIT */
#include "io/net/netlink.h"
#include "netns.h"
#include <errno.h>
#include <linux/if_link.h>

static void put_message(uint8_t *at, uint32_t len, uint16_t type)
{
	struct nlmsghdr h = { .nlmsg_len = len, .nlmsg_type = type };

	memcpy(at, &h, sizeof(h));
}

TEST(message_longer_than_what_came_is_not_read)
{
	uint8_t b[32] = { 0 };
	nl_message m;

	put_message(b, 33, 1);
	nl_cursor c = { b, sizeof(b) };
	assert_false(nl_next_message(&c, &m));
	put_message(b, 15, 1); /* shorter than its own header */
	assert_false(nl_next_message(&c, &m));
	c.n = 15;
	assert_false(nl_next_message(&c, &m));
}

TEST(messages_follow_each_other_on_boundaries_of_four)
{
	uint8_t b[16 + 3 + 1 + 16] = { 0 };
	nl_message m;

	put_message(b, 19, 1);
	put_message(b + 20, 16, 2);
	nl_cursor c = { b, sizeof(b) };
	assert_true(nl_next_message(&c, &m));
	assert_int_equal(m.type, 1);
	assert_int_equal(m.body.n, 3);
	assert_true(nl_next_message(&c, &m));
	assert_int_equal(m.type, 2);
	assert_int_equal(m.body.n, 0);
	assert_false(nl_next_message(&c, &m));
}

TEST(last_message_may_lack_its_padding)
{
	uint8_t b[19] = { 0 };
	nl_message m;

	put_message(b, 19, 1);
	nl_cursor c = { b, sizeof(b) };
	assert_true(nl_next_message(&c, &m));
	assert_false(nl_next_message(&c, &m));
}

TEST(attribute_lengths_are_checked)
{
	uint8_t b[8] = { 0 };
	struct nlattr a = { .nla_len = 9, .nla_type = 1 };
	nl_attr out;

	memcpy(b, &a, sizeof(a));
	nl_cursor c = { b, sizeof(b) };
	assert_false(nl_next_attr(&c, &out));
	a.nla_len = 3;
	memcpy(b, &a, sizeof(a));
	assert_false(nl_next_attr(&c, &out));
	a.nla_len = 8;
	a.nla_type = 5 | NLA_F_NESTED;
	memcpy(b, &a, sizeof(a));
	assert_true(nl_next_attr(&c, &out));
	assert_int_equal(out.type, 5);
	assert_int_equal(out.value.n, 4);
	assert_false(nl_next_attr(&c, &out));
}

TEST(value_of_another_length_is_no_number_and_no_address)
{
	static const uint8_t b[16] = { 1, 2, 3, 4 };
	nl_attr a = { .value = { b, 3 } };

	assert_int_equal(nl_u32(&a), 0);
	assert_int_equal(nl_addr(&a).len, 0);
	a.value.n = 16;
	assert_int_equal(nl_u32(&a), 0);
	assert_int_equal(nl_addr(&a).len, 16);
	a.value.n = 4;
	assert_int_equal(nl_addr(&a).len, 4);
}

TEST(body_shorter_than_its_fixed_part_is_refused)
{
	static const uint8_t b[16];
	struct ifinfomsg i;
	nl_cursor attrs;
	nl_message m = { .body = { b, sizeof(i) - 1 } };

	assert_false(nl_body(&m, &i, sizeof(i), &attrs));
	m.body.n = sizeof(i);
	assert_true(nl_body(&m, &i, sizeof(i), &attrs));
	assert_int_equal(attrs.n, 0);
}

TEST(request_that_does_not_fit_is_refused_not_cut)
{
	static const uint8_t big[NL_REQUEST_MAX];
	struct rtmsg rt = { 0 };
	nl_request r;
	nl_sock s;
	err e;

	assert_true(nl_open(&s, 0, false, &e));
	nl_begin(&r, RTM_GETROUTE, 0, &rt, sizeof(rt));
	nl_put(&r, 1, big, sizeof(big) - 8);
	nl_put_u32(&r, 2, 7);
	assert_true(r.bad);
	assert_int_equal(nl_ask(&s, &r), EMSGSIZE);
	nl_close(&s);
}

static void count(void *ctx, const nl_message *m)
{
	unsigned *n = ctx;

	*n += m->type == RTM_NEWLINK;
}

TEST(dump_of_many_links_comes_whole)
{
	struct ifinfomsg i = { 0 };
	nl_request r;
	nl_sock s;
	err e;
	unsigned n = 0;

	NEED_NETNS();
	assert_true(run("i=0; while [ $i -lt 60 ]; do echo link add a$i type veth peer name b$i; "
			"i=$((i+1)); done | ip -batch -"));
	assert_true(nl_open(&s, 0, false, &e));
	nl_begin(&r, RTM_GETLINK, 0, &i, sizeof(i));
	assert_int_equal(nl_dump(&s, &r, count, &n), 0);
	assert_int_equal(n, 121);
	nl_close(&s);
}

TEST(refusal_is_the_errno_of_the_kernel)
{
	struct ifinfomsg i = { .ifi_index = 4711, .ifi_change = 1 };
	nl_request r;
	nl_sock s;
	err e;

	NEED_NETNS();
	assert_true(nl_open(&s, 0, false, &e));
	nl_begin(&r, RTM_NEWLINK, 0, &i, sizeof(i));
	assert_int_equal(nl_ask(&s, &r), ENODEV);
	nl_close(&s);
}

RUN(T(message_longer_than_what_came_is_not_read),
    T(messages_follow_each_other_on_boundaries_of_four), T(last_message_may_lack_its_padding),
    T(attribute_lengths_are_checked), T(value_of_another_length_is_no_number_and_no_address),
    T(body_shorter_than_its_fixed_part_is_refused), T(request_that_does_not_fit_is_refused_not_cut),
    T(dump_of_many_links_comes_whole), T(refusal_is_the_errno_of_the_kernel))
