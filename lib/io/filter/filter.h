/* SPDX-License-Identifier: MIT */
/* filter.h - what routing rules can't keep apart, by nftables (libnftables; tables `inet` and `arp` named
 * homeward-ID).
 *
 * Linux is a weak end system (RFC 1122 3.3.4.2): it takes packets for an address of its own from every link, and
 * answers ARP for it there. For the permanent addresses the filter makes it a strong one: what comes for them, or
 * from them, by another link than the tunnel is dropped, and ARP for them is not answered. What leaves is dropped if it
 * comes from a permanent address, or goes to a prefix that is closed, and takes another link than the tunnel: that
 * is what a program does that binds its socket to a link.
 *
 * The tables stay when the process dies. Needs CAP_NET_ADMIN. */
#ifndef HW_IO_FILTER_FILTER_H
#define HW_IO_FILTER_FILTER_H

#include "base/addr.h"

typedef struct filter_rules {
	uint32_t id;             /* in the tables' names */
	uint32_t tunnel;         /* the tunnel's link */
	uint32_t home_link;      /* at home: is as good as the tunnel; 0: away */
	uint32_t mark;           /* SO_MARK of sockets that leave as they like */
	ip_addr home4, home6;    /* permanent; len 0: none */
	const ip_prefix *closed; /* what leaves by the tunnel alone */
	unsigned n_closed;
	const ip_prefix *local; /* of that, what any link may be used for */
	unsigned n_local;
} filter_rules;

typedef struct filter_counts {
	uint64_t in, out; /* packets dropped; ARP requests are counted as packets in */
} filter_counts;

/* Replaces what there was, in one transaction: there is no moment without. */
bool filter_set(const filter_rules *f, err *e);
bool filter_remove(uint32_t id, err *e); /* gone already is success */
/* False: the tables are not there (somebody flushed the ruleset), or can't be read. */
bool filter_count(uint32_t id, filter_counts *out);

#endif
