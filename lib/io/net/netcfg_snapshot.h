/* SPDX-License-Identifier: MIT */
/* netcfg_snapshot.h - links, addresses and routes as the system has them, before
 * netcfg_uplinks() chooses. Private to lib/io. */
#ifndef HW_IO_NET_NETCFG_SNAPSHOT_H
#define HW_IO_NET_NETCFG_SNAPSHOT_H

#include "io/net/netcfg_priv.h"

/* An address with what its place in the list depends on; lower ranks first. */
typedef enum addr_rank { RANK_PLAIN, RANK_TEMPORARY, RANK_DEPRECATED, RANK_LINK_LOCAL } addr_rank;
typedef struct candidate {
	uplink u; /* ifindex and local */
	addr_rank rank;
} candidate;

typedef struct list {
	void *items;
	size_t n, size; /* size: of an item */
} list;

typedef struct snapshot {
	uint32_t except;
	list links;  /* uplink, without an address: those that are up and have a carrier */
	list addrs;  /* candidate: those that can be used */
	list routes; /* uplink: local is the destination, of no bits for default routes */
	bool no_memory;
} snapshot;

bool netcfg_snapshot_take(netcfg *c, uint32_t except, bool addresses_only, snapshot *s, err *e);
void netcfg_snapshot_free(snapshot *s);

#endif
