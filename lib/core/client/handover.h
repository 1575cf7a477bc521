/* SPDX-License-Identifier: MIT */
/* handover.h - how long nothing could be sent, and how long a move took: from the loss of the old path, or from the
 * decision to leave it, to the first packet back on the new one. */
#ifndef HW_CORE_CLIENT_HANDOVER_H
#define HW_CORE_CLIENT_HANDOVER_H

#include "core/client/timing.h"

typedef struct client_handover {
	uint64_t outage_ms; /* nothing can be sent since; NEVER: it can */
	uint64_t moving_ms,
		moving_us; /* since when a move is under way; moving_ms NEVER: none is */
	bool was_up;       /* there was an association, ever */
	uint32_t n;
	double last_ms;
} client_handover;

void client_handover_init(client_handover *h);
void client_handover_lost(client_handover *h, core_time now); /* the active path is gone */
void client_handover_outage(client_handover *h, core_time now);
void client_handover_outage_over(client_handover *h);
void client_handover_begin(client_handover *h, core_time now); /* another path is active */
void client_handover_finish(client_handover *h, core_time now);
void client_handover_cancel(client_handover *h); /* at home: neither outage nor move */
void client_handover_up(client_handover *h);     /* there is an association */

/* Packets are left in the TUN's queue for a second of an outage; then they are dropped, since their senders
 * gain nothing by packets that are late. */
static inline bool client_handover_holds_packets(const client_handover *h, uint64_t now_ms)
{
	enum { HOLD_MS = 1000 };

	return h->outage_ms != NEVER && now_ms < h->outage_ms + HOLD_MS;
}

#endif
