/* SPDX-License-Identifier: MIT */
/* channel.h - one of the two connections of a tunnel of plain requests: a series of POSTs, or of GETs, and
 * their answers. It is closed and opened again as needed. */
#ifndef HW_CORE_CARRIER_CHANNEL_H
#define HW_CORE_CARRIER_CHANNEL_H

#include "core/carrier/conn.h"
#include "core/carrier/request.h"
#include "core/carrier/tunnel.h"

typedef struct carrier_channel {
	carrier_conn conn;
	const char *session;
	carrier_tunnel
		*tunnel;       /* takes the bodies of answers; NULL: nothing does, it sends POSTs */
	bool single;           /* a connection takes one request, whatever the answer says */
	http_parser *http;     /* while it is open */
	const http_head *head; /* of the answer read last */
	unsigned in_flight;    /* requests not answered yet */
	unsigned served;       /* answers that this connection had */
	bool kept;             /* the last of them left it open */
	bool had_line;         /* of credentials, in the last request */
	unsigned events;       /* of this reading */
	unsigned failures;     /* since the last answer */
	uint64_t connect_ms;   /* to be connected then; UINT64_MAX: is */
	uint64_t asked_ms;     /* the last request left then */
} carrier_channel;

typedef enum carrier_channel_event { /* what an event brought; perhaps several */
				     CHANNEL_OPENED = 1, /* requests may be sent */
				     CHANNEL_BEGUN =
					     2, /* an answer that accepts a request begins */
				     CHANNEL_ENDED = 4,   /* an answer was read to its end */
				     CHANNEL_REFUSED = 8, /* by `head` */
				     CHANNEL_FAILED = 16, /* *e */
} carrier_channel_event;

/* tunnel NULL: for POSTs; else for GETs. */
void carrier_channel_init(carrier_channel *c, carrier_route *r, unsigned number,
			  const char *session, carrier_tunnel *tunnel);
void carrier_channel_close(carrier_channel *c);
/* Closes it. carrier_channel_connect() is to be called then. */
void carrier_channel_connect_at(carrier_channel *c, uint64_t at_ms);
unsigned carrier_channel_connect(carrier_channel *c, carrier_error *e);
void carrier_channel_set_single(carrier_channel *c);
void carrier_channel_count_failure(carrier_channel *c);

unsigned carrier_channel_opened(carrier_channel *c, carrier_error *e);
/* by_line: stops at the end of the line that completes a head, before anything of the body is read. */
unsigned carrier_channel_octets(carrier_channel *c, uint8_t *p, size_t n, bool by_line,
				size_t *used, carrier_error *e);
/* Sends a request. body: with CARRIER_REQUEST_MAX octets of room before it; NULL: a GET, whose answer is to
 * end wait_ms after its first datagram (0: when it is full). */
void carrier_channel_ask(carrier_channel *c, uint64_t now_ms, unsigned wait_ms, uint8_t *body,
			 size_t n);
bool carrier_channel_is_open(const carrier_channel *c);
bool carrier_channel_can_write(const carrier_channel *c);

#endif
