/* SPDX-License-Identifier: MIT */
/* netcfg.h - addresses, routes, proxy neighbours and link settings through rtnetlink; each call
 * is one request and its acknowledgement. What exists already (or is gone already) is success. */
#ifndef HW_IO_NET_NETCFG_H
#define HW_IO_NET_NETCFG_H

#include "base/addr.h"
#include "core/packet/uplink.h"

typedef struct netcfg netcfg;
netcfg *netcfg_open(err *e);
void netcfg_close(netcfg *c);

uint32_t netcfg_ifindex(const char *name); /* 0: no such link */
bool netcfg_link_up(netcfg *c, uint32_t ifindex, bool up, err *e);
bool netcfg_link_mtu(netcfg *c, uint32_t ifindex, uint32_t mtu, err *e);
/* So that one super-segment, sealed, still fits one UDP send (IFLA_GSO_MAX_SIZE and _IPV4). Best
 * effort. */
bool netcfg_link_gso_max(netcfg *c, uint32_t ifindex, uint32_t octets, err *e);
bool netcfg_address(netcfg *c, uint32_t ifindex, const ip_prefix *p, bool add, err *e);

typedef struct netcfg_route {
	ip_prefix to;
	ip_addr gateway; /* len 0: on-link */
	uint32_t ifindex;
	uint32_t metric;  /* 0: the kernel's default */
	ip_addr prefsrc;  /* len 0: none */
	uint32_t mtu;     /* 0: the link's */
	uint32_t table;   /* 0: main */
	bool unreachable; /* leads nowhere: EHOSTUNREACH; IPv4 only */
} netcfg_route;
/* Ours are tagged with protocol number NETCFG_PROTO, so that what a killed daemon left can be
 * recognised. */
enum { NETCFG_PROTO = 153 };
/* add replaces what has the same destination and metric. Removing takes only ours; gateway,
 * ifindex and metric narrow down which (none, 0: any). A gateway outside the link's prefixes is
 * taken as on-link. */
bool netcfg_route_set(netcfg *c, const netcfg_route *r, bool add, err *e);
/* Removes every route tagged as ours from a table (0: main): what a killed daemon left. Not for a
 * table that another instance uses. */
bool netcfg_route_sweep(netcfg *c, uint32_t table, err *e);

/* Proxy ARP or ND: answer for addr on the link (NTF_PROXY). For IPv6 also sets the link's
 * proxy_ndp. The link answers at once (its proxy_delay becomes 0), and only if the system
 * forwards: netcfg_forwarding(). */
bool netcfg_proxy(netcfg *c, uint32_t ifindex, const ip_addr *addr, bool add, err *e);
/* Turns on net.ipv4.ip_forward or net.ipv6.conf.all.forwarding; *e if it can't. Links that
 * listen to router advertisements go on doing so (accept_ra becomes 2). */
bool netcfg_forwarding(int family, err *e);

/* The system's uplinks now: links up with carrier, a usable global address each (one entry an
 * address; temporary and deprecated IPv6 ones last), leaving out the link `except` (the tunnel).
 * Returns how many were written, at most UPLINK_MAX; 0 with *e untouched: there is none. Link-local
 * addresses are listed only when there is no other. */
size_t netcfg_uplinks(netcfg *c, uint32_t except, uplink out[UPLINK_MAX], err *e);
/* All addresses of this machine but loopback ones. */
size_t netcfg_addresses(netcfg *c, ip_addr *out, size_t max, err *e);

/* Changes of links, addresses, routes: the descriptor becomes readable; drain it, then look
 * again. */
typedef struct netmon netmon;
netmon *netmon_open(err *e);
void netmon_close(netmon *m);
int netmon_fd(const netmon *m);
enum {
	NETMON_UPLINKS = 1, /* something that matters to netcfg_uplinks(), not on `except` alone */
	NETMON_ACCESS_POINT = 2, /* a wireless link has another access point */
};
/* What of these changed. */
unsigned netmon_drain(netmon *m, uint32_t except);

#endif
