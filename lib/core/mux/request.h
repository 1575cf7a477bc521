/* SPDX-License-Identifier: MIT */
/* request.h - what a request asks for, by method and target (docs/protocol.md, HTTP carriers). */
#ifndef HW_CORE_MUX_REQUEST_H
#define HW_CORE_MUX_REQUEST_H

#include "core/mux/config.h"

enum {
	MUX_SESSION_MIN = 22, /* 128 bits in base64url (RFC 4648 5) */
	MUX_SESSION_MAX = 64,
	MUX_DOWN_MS = 20000, /* an answer that is a stream of datagrams ends after that */
};

typedef enum mux_request_kind {
	MUX_REQUEST_PAGE,         /* whatever a web server is asked; status says what it answers */
	MUX_REQUEST_GENERATE_204, /* is there a portal in between? */
	MUX_REQUEST_UDP,          /* RFC 9298 */
	MUX_REQUEST_WEBSOCKET,    /* RFC 6455 */
	MUX_REQUEST_UP,
	MUX_REQUEST_DOWN,
	MUX_REQUEST_N_KINDS
} mux_request_kind;

typedef struct mux_request {
	mux_request_kind kind;
	unsigned status;          /* the answer; 0: what it asks for is there */
	const char *allow;        /* methods, for 405; lives for good */
	const mux_target *target; /* borrowed of the configuration */
	char session[MUX_SESSION_MAX + 1];
	unsigned wait_ms; /* of a MUX_REQUEST_DOWN: to be ended so long after its first datagram */
} mux_request;

/* uri: origin-form or absolute-form, RFC 9112 3.2. */
void mux_request_read(const mux_config *c, const char *method, const char *uri, mux_request *out);

#endif
