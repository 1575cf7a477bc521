/* SPDX-License-Identifier: MIT */
/* forward.h - packets between the TUN and home: cut, sealed and queued for the active path; opened, checked and
 * handed to the TUN. Runs for every packet: no allocation, no lock, no search. */
#ifndef HW_CORE_CLIENT_FORWARD_H
#define HW_CORE_CLIENT_FORWARD_H

#include "core/client/liveness.h"
#include "proto/icmp_error.h"

enum { CLIENT_ICMP_BUFS = 16 };

typedef struct client_forward {
	const client_host *host;
	const client_associations *associations;
	const client_paths *paths;
	const client_mtu *mtu;
	client_liveness *liveness;
	uint64_t tx_bytes, rx_bytes, tx_packets, rx_packets;
	uint64_t drop_replay, drop_auth, drop_too_big, drop_no_path, drop_source;
	uint8_t icmp[CLIENT_ICMP_BUFS][ICMP_ERROR_MAX]; /* until the TUN was written */
	unsigned next_icmp;
} client_forward;

/* From the TUN, virtio header first. away: we are to be reached by home. */
void client_forward_outbound(client_forward *f, core_time now, uint8_t *in, size_t n, bool away);
/* False: it was dropped, and counted unless the association had expired. */
bool client_forward_open(client_forward *f, core_time now, sa_pair *sa, const dgram_in *d,
			 esp_opened *out);
/* It came on an association of that set. */
void client_forward_inbound(client_forward *f, core_time now, client_path *p, const sa_set *set,
			    const esp_opened *o);

#endif
