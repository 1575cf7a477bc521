/* SPDX-License-Identifier: MIT */
/* packet_tap.h - the next packet that leaves by a link, whoever sends it. Where packets pass us by (at home they do not
 * go through the TUN), this says that there is traffic, and costs nothing while there is none: no timer, no counter that
 * is read, and after the first packet nothing until it is set again.
 *
 * A packet socket (packet(7)) with a filter in the kernel: IPv4 and IPv6 of this machine to one host. What goes to all
 * or to many (discovery of services), and neighbour discovery, says nothing about use. */
#ifndef HW_IO_NET_PACKET_TAP_H
#define HW_IO_NET_PACKET_TAP_H

#include "io/loop/loop.h"

typedef struct packet_tap packet_tap;
packet_tap *packet_tap_new(io_loop *l, io_call *seen, void *ctx, err *e);
void packet_tap_free(packet_tap *t);
/* Calls seen() once, for the next packet by that link. Set already for it: nothing changes. False: see *e. */
bool packet_tap_set(packet_tap *t, uint32_t ifindex, err *e);
void packet_tap_clear(packet_tap *t);

#endif
