/* SPDX-License-Identifier: MIT */
/* netmon.c - which of the kernel's notifications can change netcfg_uplinks(): links, addresses
 * and routes, but not those of the tunnel itself, of other tables, or of our own making. And whether a wireless link
 * has another access point: cfg80211 says so in the form of the old wireless extensions too (linux/wireless.h). */
#include "io/net/netcfg.h"
#include "io/net/netlink.h"
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/wireless.h>
#include <stdlib.h>
#include <string.h>

struct netmon {
	nl_sock nl;
};

enum {
	GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
		 RTMGRP_IPV6_ROUTE,
};

netmon *netmon_open(err *e)
{
	netmon *m = calloc(1, sizeof(*m));

	if (!m) {
		err_sys(e, ENOMEM, "netlink");
		return NULL;
	}
	if (nl_open(&m->nl, GROUPS, true, e))
		return m;
	free(m);
	return NULL;
}

void netmon_close(netmon *m)
{
	if (!m)
		return;
	nl_close(&m->nl);
	free(m);
}

int netmon_fd(const netmon *m)
{
	return m->nl.fd;
}

/* Wireless drivers announce every scan. */
static unsigned wireless_event(const nl_attr *a)
{
	struct {
		uint16_t len, cmd; /* as struct iw_event begins */
	} event;

	if (a->value.n < sizeof(event))
		return 0;
	memcpy(&event, a->value.p, sizeof(event));
	return event.cmd == SIOCGIWAP ? NETMON_ACCESS_POINT : 0;
}

/* Bridges announce every port. */
static unsigned link_news(const nl_message *m, uint32_t except)
{
	struct ifinfomsg i;
	nl_cursor attrs;
	nl_attr a;

	if (!nl_body(m, &i, sizeof(i), &attrs) || i.ifi_family != AF_UNSPEC ||
	    (uint32_t)i.ifi_index == except || (i.ifi_flags & IFF_LOOPBACK))
		return 0;
	while (nl_next_attr(&attrs, &a))
		if (a.type == IFLA_WIRELESS)
			return wireless_event(&a);
	return NETMON_UPLINKS;
}

static bool address_matters(const nl_message *m, uint32_t except)
{
	struct ifaddrmsg i;
	nl_cursor attrs;

	return nl_body(m, &i, sizeof(i), &attrs) && i.ifa_index != except &&
	       i.ifa_scope != RT_SCOPE_HOST;
}

static bool route_matters(const nl_message *m, uint32_t except)
{
	struct rtmsg rt;
	nl_cursor attrs;
	nl_attr a;

	if (!nl_body(m, &rt, sizeof(rt), &attrs) || rt.rtm_table != RT_TABLE_MAIN ||
	    rt.rtm_protocol == NETCFG_PROTO || (rt.rtm_flags & RTM_F_CLONED))
		return false;
	while (nl_next_attr(&attrs, &a))
		if (a.type == RTA_OIF && nl_u32(&a) == except)
			return false;
	return true;
}

unsigned netmon_news(const nl_message *m, uint32_t except)
{
	switch (m->type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_news(m, except);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return address_matters(m, except) ? NETMON_UPLINKS : 0;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_matters(m, except) ? NETMON_UPLINKS : 0;
	default:
		return 0;
	}
}

unsigned netmon_drain(netmon *m, uint32_t except)
{
	unsigned news = 0;

	for (;;) {
		nl_cursor c = { NULL, 0 };
		nl_message one;
		int why = nl_receive(&m->nl, &c);
		if (why == ENOBUFS) /* some were lost: look again in any case */
			news |= NETMON_UPLINKS | NETMON_ACCESS_POINT;
		else if (why)
			return news;
		while (nl_next_message(&c, &one))
			news |= netmon_news(&one, except);
	}
}
