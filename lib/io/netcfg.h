/* SPDX-License-Identifier: MIT */
/* netcfg.h - addresses, routes, proxy neighbours and link settings through rtnetlink; each call is one
 * request and its acknowledgement. What exists already (or is gone already) is success. */
#ifndef HW_IO_NETCFG_H
#define HW_IO_NETCFG_H

#include "base/addr.h"
#include "core/uplink.h"

typedef struct netcfg netcfg;
netcfg *netcfg_open(err *e);
void netcfg_close(netcfg *c);

uint32_t netcfg_ifindex(const char *name); /* 0: no such link */
bool netcfg_link_up(netcfg *c, uint32_t ifindex, bool up, err *e);
bool netcfg_link_mtu(netcfg *c, uint32_t ifindex, uint32_t mtu, err *e);
/* So that one super-segment, sealed, still fits one UDP send (IFLA_GSO_MAX_SIZE and _IPV4). Best effort. */
bool netcfg_link_gso_max(netcfg *c, uint32_t ifindex, uint32_t octets, err *e);
bool netcfg_address(netcfg *c, uint32_t ifindex, const ip_prefix *p, bool add, err *e);

typedef struct netcfg_route {
	ip_prefix to;
	ip_addr gateway;     /* len 0: on-link */
	uint32_t ifindex;
	uint32_t metric;     /* 0: the kernel's default */
	ip_addr prefsrc;     /* len 0: none */
	uint32_t mtu;        /* 0: the link's */
} netcfg_route;
/* Ours are tagged with protocol number NETCFG_PROTO, so that leftovers of a killed daemon can be told. */
enum { NETCFG_PROTO = 153 };
bool netcfg_route_set(netcfg *c, const netcfg_route *r, bool add, err *e); /* add replaces */

/* Proxy ARP or ND: answer for addr on the link (NTF_PROXY). For IPv6 also sets the link's proxy_ndp. */
bool netcfg_proxy(netcfg *c, uint32_t ifindex, const ip_addr *addr, bool add, err *e);
bool netcfg_forwarding(int family, err *e); /* turns on ip_forward or forwarding; says so if it can't */

/* The system's uplinks now: links up with carrier, a usable global address each (one entry an address;
 * temporary and deprecated IPv6 ones last), leaving out the link `except` (the tunnel).
 * Returns how many were written, at most UPLINK_MAX. */
size_t netcfg_uplinks(netcfg *c, uint32_t except, uplink out[UPLINK_MAX], err *e);
/* All addresses of this machine but loopback ones. */
size_t netcfg_addresses(netcfg *c, ip_addr *out, size_t max, err *e);

/* Changes of links, addresses, routes: the descriptor becomes readable; drain it, then look again. */
typedef struct netmon netmon;
netmon *netmon_open(err *e);
void netmon_close(netmon *m);
int netmon_fd(const netmon *m);
bool netmon_drain(netmon *m, uint32_t except); /* false: nothing that matters changed (or only on `except`) */

#endif
