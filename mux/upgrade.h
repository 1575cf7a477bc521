/* SPDX-License-Identifier: MIT */
/* upgrade.h - requests that turn their connection into a tunnel: connect-udp (RFC 9298 3.2, 3.3) and
 * WebSocket (RFC 6455 4.2). */
#ifndef HW_MUX_UPGRADE_H
#define HW_MUX_UPGRADE_H

#include "core/http/http.h"
#include "request.h"

enum { UPGRADE_ANSWER = 256 };

/* 0: to be granted; 400 or 426: the answer. */
unsigned upgrade_check(request_kind k, const http_head *h);
/* The whole 101 answer; its length. */
size_t upgrade_answer(request_kind k, const http_head *h, char out[UPGRADE_ANSWER]);
/* The field lines of a 426, each with its CRLF; "" for others. */
const char *upgrade_wanted(request_kind k);

#endif
