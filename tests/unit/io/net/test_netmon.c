/* SPDX-License-Identifier: MIT */
/* What a notification means, without the link that it is of: no wireless one is needed. */
#include "io/net/netcfg.h"
#include "io/net/netlink.h"
#include "tests/unit/unit.h"
#include <linux/if_link.h>
#include <linux/wireless.h>

enum { IFINDEX = 3 };

/* Of a link, with a wireless event of that kind. */
static unsigned news_of(uint16_t type, const void *wireless, size_t n)
{
	const struct ifinfomsg i = { .ifi_index = IFINDEX };
	nl_request r;
	nl_message m;

	nl_begin(&r, type, 0, &i, sizeof i);
	if (n)
		nl_put(&r, IFLA_WIRELESS, wireless, n);
	assert_false(r.bad);
	uint32_t len = (uint32_t)r.n;
	memcpy(r.b, &len, sizeof len);
	nl_cursor c = { r.b, r.n };
	assert_true(nl_next_message(&c, &m));
	return netmon_news(&m, 0);
}

static unsigned wireless(uint16_t cmd)
{
	struct iw_event e = { .len = sizeof e, .cmd = cmd };

	return news_of(RTM_NEWLINK, &e, sizeof e);
}

TEST(another_access_point_is_news_of_its_own)
{
	assert_int_equal(wireless(SIOCGIWAP), NETMON_ACCESS_POINT);
}

TEST(a_scan_is_no_news)
{
	assert_int_equal(wireless(SIOCGIWSCAN), 0);
	assert_int_equal(news_of(RTM_NEWLINK, "\x04\x00\x15", 3), 0); /* cut */
}

TEST(a_link_that_changed_may_change_the_uplinks)
{
	assert_int_equal(news_of(RTM_NEWLINK, NULL, 0), NETMON_UPLINKS);
	assert_int_equal(news_of(RTM_DELLINK, NULL, 0), NETMON_UPLINKS);
	assert_int_equal(news_of(RTM_NEWNEIGH, NULL, 0), 0);
}

RUN(T(another_access_point_is_news_of_its_own), T(a_scan_is_no_news),
    T(a_link_that_changed_may_change_the_uplinks))
