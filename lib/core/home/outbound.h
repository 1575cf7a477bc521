/* SPDX-License-Identifier: MIT */
/* outbound.h - packets for clients: taken from the TUN, cut to the path, sealed, queued to the client's binding; with
 * simultaneous bindings to each, the same octets, so that the receiver's replay window drops the copies. */
#ifndef HW_CORE_HOME_OUTBOUND_H
#define HW_CORE_HOME_OUTBOUND_H

#include "core/home/peer.h"
#include "core/home/status.h"
#include "core/packet/join.h"
#include "proto/icmp_error.h"

enum { HOME_ICMP_RING = 8 };

typedef struct home_outbound {
	const home_conf *conf; /* these are borrowed */
	dgramq *tx;
	join *tun;
	const sa_store *sas;
	/* ICMP errors that the TUN has not taken yet. */
	uint32_t n_icmp;
	uint8_t icmp[HOME_ICMP_RING][ICMP_ERROR_MAX];
	home_outbound_counters count;
} home_outbound;
/* n octets, virtio header first. */
void home_outbound_send(home_outbound *out, core_time now, uint8_t *in, size_t n);

#endif
