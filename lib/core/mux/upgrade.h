/* SPDX-License-Identifier: MIT */
/* upgrade.h - requests that turn their connection into a tunnel: connect-udp (RFC 9298 3.2, 3.3) and
 * WebSocket (RFC 6455 4.2). */
#ifndef HW_CORE_MUX_UPGRADE_H
#define HW_CORE_MUX_UPGRADE_H

#include "core/http/http.h"
#include "core/mux/request.h"

enum { MUX_UPGRADE_ANSWER = 256 };

/* 0: to be granted; 400 or 426: the answer. */
unsigned mux_upgrade_check(mux_request_kind k, const http_head *h);
/* The whole 101 answer; its length. */
size_t mux_upgrade_answer(mux_request_kind k, const http_head *h, char out[MUX_UPGRADE_ANSWER]);
/* The field lines of a 426, each with its CRLF; "" for others. */
const char *mux_upgrade_fields(mux_request_kind k);
bool mux_has_body(const http_head *h); /* by its fields */

#endif
