/* SPDX-License-Identifier: MIT */
/* plain.h - a tunnel of plain requests (docs/protocol.md): one connection on which every batch is a POST with
 * its length, so that a proxy may keep bodies back until they are whole; and one on which a GET is held, whose
 * answer's body is what comes, and which is repeated as soon as it ends. A proxy that keeps answers back, too,
 * shows none of that GET: then a POST that was answered means that the tunnel is up, and GETs ask for an
 * answer that ends soon after its first datagram. */
#ifndef HW_CORE_CARRIER_PLAIN_H
#define HW_CORE_CARRIER_PLAIN_H

#include "core/carrier/channel.h"

typedef enum carrier_plain_half { PLAIN_POST, PLAIN_GET } carrier_plain_half;

typedef struct carrier_plain {
	carrier_route *route;
	char session[CARRIER_SESSION + 1];
	carrier_channel post, get;
	bool up;
	bool late;          /* the GET has no answer in time */
	bool kept_back;     /* answers are: GETs ask to end soon */
	uint64_t head_ms;   /* the GET should have an answer then */
	uint64_t posted_ms; /* a POST was answered then; 0: none */
	unsigned pace_ms;   /* between two POSTs; 0: none */
	uint64_t ready_ms;  /* the next POST may go then; UINT64_MAX: it may go */
	carrier_error error;
} carrier_plain;

/* The connections are number (POST) and number + 1 (GET). NULL: no memory. */
carrier_plain *carrier_plain_new(carrier_route *r, carrier_tunnel *t, unsigned number,
				 uint64_t now_ms);
void carrier_plain_free(carrier_plain *p); /* closes them; NULL is fine */

/* Events. CARRIER_READY, once: the tunnel is up. CARRIER_FAILED: p->error. */
carrier_result carrier_plain_opened(carrier_plain *p, uint64_t now_ms, carrier_plain_half h);
/* Octets that are not used are to be given again, after what this brought was dealt with. */
carrier_result carrier_plain_octets(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				    uint8_t *data, size_t n, size_t *used);
carrier_result carrier_plain_closed(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				    const char *what);
carrier_result carrier_plain_refused(carrier_plain *p, uint64_t now_ms, carrier_plain_half h,
				     carrier_error_rank rank, const char *why);
carrier_result carrier_plain_timer(carrier_plain *p, uint64_t now_ms);
uint64_t carrier_plain_next_timer_ms(const carrier_plain *p); /* UINT64_MAX: none */

bool carrier_plain_can_send(const carrier_plain *p, uint64_t now_ms);
/* Sends it as one POST; there is room for CARRIER_REQUEST_MAX octets before it. */
void carrier_plain_send(carrier_plain *p, uint64_t now_ms, uint8_t *body, size_t n);
/* The number of the connection on which it came up. */
unsigned carrier_plain_number(const carrier_plain *p);

#endif
