/* SPDX-License-Identifier: MIT */
/* inbound.h - ESP packets of clients: opened, checked, handed to the TUN; control messages answered. */
#ifndef HW_CORE_HOME_INBOUND_H
#define HW_CORE_HOME_INBOUND_H

#include "core/home/presence.h"
#include "core/home/status.h"
#include "core/packet/join.h"

typedef struct home_inbound {
	const home_conf *conf; /* these are borrowed */
	dgramq *tx;
	join *tun;
	sa_store *sas;
	home_presence *presence;
	rate_limit hints;
	home_inbound_counters count;
} home_inbound;
void home_inbound_open(home_inbound *in);
void home_inbound_receive(home_inbound *in, core_time now, const dgram_in *d);

#endif
