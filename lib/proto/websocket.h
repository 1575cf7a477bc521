/* SPDX-License-Identifier: MIT */
/* websocket.h - frames of the WebSocket protocol (RFC 6455 5.2): heads and masks. Pure codec; the order of
 * frames is checked by core/http/framing.c. */
#ifndef HW_PROTO_WEBSOCKET_H
#define HW_PROTO_WEBSOCKET_H

#include "base/wire.h"

enum {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
	WS_OPCODE = 0x0f, /* in the first octet */
	WS_HEAD_MAX = 14,
	WS_CONTROL_MAX = 125, /* 5.5 */
};
enum { /* status codes of a close (7.4.1) */
       WS_NORMAL = 1000,
       WS_GOING_AWAY = 1001,
       WS_PROTOCOL_ERROR = 1002,
       WS_UNSUPPORTED = 1003,
       WS_TOO_BIG = 1009,
};

typedef struct ws_head {
	bool fin, masked;
	uint8_t opcode;
	uint64_t len; /* of the payload, which follows */
	uint8_t mask[4];
} ws_head;
/* 1: read, and r is behind it. 0: more octets are needed, r is where it was. -1: against the protocol:
 * a reserved bit, an unknown opcode, a length that is not in its shortest form or has its top bit set, a
 * control frame that is fragmented or longer than WS_CONTROL_MAX. */
int ws_head_get(wire_rd *r, ws_head *out);
void ws_head_put(wire_wr *w, const ws_head *h); /* the mask's octets only if masked */

/* XORs n octets in place; `at` is where in the payload they begin. Eight octets at a time. */
void ws_mask(uint8_t *p, size_t n, const uint8_t mask[4], size_t at);

#endif
