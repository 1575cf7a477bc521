/* SPDX-License-Identifier: MIT */
/* request.h - what a request asks for, by method and target (docs/protocol.md, HTTP carriers). */
#ifndef HW_MUX_REQUEST_H
#define HW_MUX_REQUEST_H

#include "conf.h"

enum {
	SESSION_MIN = 22, /* 128 bits in base64url (RFC 4648 5) */
	SESSION_MAX = 64,
	DOWN_MS = 20000,
};

typedef enum request_kind {
	REQUEST_PAGE,         /* whatever a web server is asked; status says what it answers */
	REQUEST_GENERATE_204, /* is there a portal in between? */
	REQUEST_UDP,          /* RFC 9298 */
	REQUEST_WEBSOCKET,    /* RFC 6455 */
	REQUEST_UP,
	REQUEST_DOWN,
	REQUEST_N_KINDS
} request_kind;

typedef struct request {
	request_kind kind;
	unsigned status;          /* the answer; 0: what it asks for is there */
	const char *allow;        /* methods, for 405; lives for good */
	const mux_target *target; /* borrowed of the configuration */
	char session[SESSION_MAX + 1];
	unsigned wait_ms; /* of a REQUEST_DOWN: to be ended so long after its first datagram */
} request;

/* uri: origin-form or absolute-form, RFC 9112 3.2. */
void request_read(const mux_file *c, const char *method, const char *uri, request *out);

#endif
