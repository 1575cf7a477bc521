/* SPDX-License-Identifier: MIT */
/* tun.h - the TUN device with offload headers (IFF_VNET_HDR; TUNSETOFFLOAD with checksum, TSO
 * 4/6 and USO, each dropped where the kernel refuses). One read gives a super-segment, one write
 * takes one. */
#ifndef HW_IO_NET_TUN_H
#define HW_IO_NET_TUN_H

#include "base/err.h"
#include "core/packet/join.h"
#include <sys/types.h>

enum { TUN_READ_MAX = VNET_HDR_LEN + 65536 };
typedef struct tun tun;
/* Errors say what to do: load the module, CAP_NET_ADMIN, name in use. */
tun *tun_open(const char *name, err *e);
void tun_close(tun *t);
int tun_fd(const tun *t);
const char *tun_name(const tun *t);
uint32_t tun_ifindex(const tun *t);
bool tun_takes_udp(const tun *t); /* for join_init() */
/* Virtio header and packet into buf[TUN_READ_MAX]; 0: nothing there; -errno. */
ssize_t tun_read(tun *t, uint8_t *buf);
/* Writes the finished items; returns how many the kernel refused. */
unsigned tun_write(tun *t, const join *j);
bool tun_write_packet(tun *t, const uint8_t *pkt, size_t n); /* one plain packet */

#endif
