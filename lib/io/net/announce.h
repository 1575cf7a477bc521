/* SPDX-License-Identifier: MIT */
/* announce.h - announces to a link who answers for an address now: gratuitous ARP (RFC 5944 4.6) and
 * unsolicited neighbour advertisement (RFC 4861 7.2.6). The packet socket is opened once, before
 * privileges are dropped. */
#ifndef HW_IO_NET_ANNOUNCE_H
#define HW_IO_NET_ANNOUNCE_H

#include "base/addr.h"

typedef struct announcer announcer;
announcer *announcer_open(err *e);
void announcer_close(announcer *a);
bool announce(announcer *a, uint32_t ifindex, const uint8_t mac[6], const ip_addr *addr, err *e);
bool announce_link_mac(uint32_t ifindex, uint8_t mac[6]);

#endif
