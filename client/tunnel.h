/* SPDX-License-Identifier: MIT */
/* tunnel.h - the TUN device and what the system has to be set to for it: address, MTU, routes; and the home link
 * when at home. What the core asks for is noted at once and applied after the packets are out. */
#ifndef HW_CLIENT_TUNNEL_H
#define HW_CLIENT_TUNNEL_H

#include "io/loop/loop.h"
#include "io/net/announce.h"
#include "io/net/tun.h"
#include "profile.h"
#include "routing.h"

typedef struct tunnel {
	const logger *log; /* borrowed */
	tun *device;
	netcfg *net;
	announcer *announcer;
	io_timer *mtu_timer;
	client_tunnel wanted, applied;
	bool changed; /* wanted is not applied yet */
	uint16_t mtu; /* as set on the device */
	bool has_address4, has_address6;
	bool is_link_up;
	routing routing;
	int filter_fd; /* of filter_watch_open(); -1: none */
	io_watch *filter_watch;
} tunnel;

bool tunnel_open(tunnel *t, io_loop *l, const profile *p, const logger *log, err *e);
void tunnel_want(tunnel *t, const client_tunnel *wanted);
void tunnel_apply(tunnel *t); /* what fails is logged */
/* Networks that local = yes leaves open. */
void tunnel_links(tunnel *t, const uplink *list, size_t n);
/* Puts back what was set. failed: the start did not succeed, and what a daemon that was killed had closed stays
 * closed. */
void tunnel_close(tunnel *t, bool failed);

#endif
