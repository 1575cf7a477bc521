/* SPDX-License-Identifier: MIT */
/* neighbours.h - the hardware addresses of a few neighbours on one link, as ARP and neighbour discovery report them
 * (RTM_NEWNEIGH, rtnetlink(7)). A change is a hint that the link leads to another network now. */
#ifndef HW_IO_NET_NEIGHBOURS_H
#define HW_IO_NET_NEIGHBOURS_H

#include "base/addr.h"

enum { NEIGHBOURS_MAX = 2 };

typedef struct neighbours neighbours;
/* Addresses of no family (len 0) are left out. NULL: see *e. */
neighbours *neighbours_open(uint32_t ifindex, const ip_addr list[NEIGHBOURS_MAX], err *e);
void neighbours_close(neighbours *n);
int neighbours_fd(const neighbours *n);
/* What has been reported since the last call. True: one has another hardware address than it was known by, or does not
 * answer any more, or reports were lost. */
bool neighbours_drain(neighbours *n);

#endif
