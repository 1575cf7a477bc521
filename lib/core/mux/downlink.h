/* SPDX-License-Identifier: MIT */
/* downlink.h - a tunnel's datagrams to its client. What one reading of the socket yields is framed one datagram after
 * the other, in one buffer, and written together; while the client's connection is full, it waits (waiting.h). */
#ifndef HW_CORE_MUX_DOWNLINK_H
#define HW_CORE_MUX_DOWNLINK_H

#include "core/http/framing.h"
#include "core/mux/context.h"
#include "core/mux/outlet.h"

typedef struct mux_downlinks { /* what all of them share; begins zeroed but for cx */
	mux_context *cx;
	uint64_t packets, bytes; /* since the start */
	uint8_t batch[MUX_OUTLET_ROOM +
		      MUX_WRITE_MAX]; /* framed datagrams on their way to a client */
} mux_downlinks;

typedef struct mux_downlink { /* of one tunnel; begins zeroed but for these two */
	mux_downlinks *all;
	framing *framing; /* borrowed */
	mux_outlet *outlet;
	mux_waiting waiting;
	uint64_t full_ms; /* since when the outlet is full; 0: it is not */
	size_t batched;   /* octets in all->batch */
} mux_downlink;

/* Of these, true: the timer is another now. */
bool mux_downlink_put(mux_downlink *d, const uint8_t *p, size_t n); /* a datagram */
bool mux_downlink_write(mux_downlink *d);                           /* after those of one reading */
bool mux_downlink_writable(mux_downlink *d); /* the outlet may not be full any more */

/* Where they go from here on; NULL: nobody asks for them, they wait. */
void mux_downlink_set_outlet(mux_downlink *d, mux_outlet *o);
uint64_t mux_downlink_timer_ms(const mux_downlink *d); /* UINT64_MAX: none */
void mux_downlink_expire(mux_downlink *d);             /* what is too old by now does not wait */
bool mux_downlink_is_stuck(
	const mux_downlink *d); /* full for too long: the other end does not read */
void mux_downlink_end(mux_downlink *d);

#endif
