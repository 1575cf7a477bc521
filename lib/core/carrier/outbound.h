/* SPDX-License-Identifier: MIT */
/* outbound.h - datagrams on their way into a tunnel that is up: framed into one buffer and written when the
 * batch is over or the buffer is full. What the connection does not take waits in a fair queue, and nothing
 * overtakes it there but by fairness. */
#ifndef HW_CORE_CARRIER_OUTBOUND_H
#define HW_CORE_CARRIER_OUTBOUND_H

#include "core/carrier/attempt.h"
#include "core/http/fairq.h"

enum { CARRIER_QUEUE = 4096 }; /* datagrams: 230 ms of 200 Mbit/s */

typedef struct carrier_outbound {
	fairq *queue;
	uint64_t lost; /* that were not even queued */
	uint8_t *
		out; /* framed, from CARRIER_REQUEST_MAX on: before it there is room for a request */
	size_t n;
} carrier_outbound;

bool carrier_outbound_init(carrier_outbound *o); /* false: no memory */
void carrier_outbound_free(carrier_outbound *o);
void carrier_outbound_send(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms, uint32_t flow,
			   const uint8_t *p, size_t n);
void carrier_outbound_flush(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms);
/* The connection takes more: writes what waits. */
void carrier_outbound_drain(carrier_outbound *o, carrier_attempt *a, uint64_t now_ms);
void carrier_outbound_count_lost(carrier_outbound *o);        /* a datagram that no tunnel takes */
uint64_t carrier_outbound_dropped(const carrier_outbound *o); /* in all */

#endif
