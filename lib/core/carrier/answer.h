/* SPDX-License-Identifier: MIT */
/* answer.h - what the answer to a request says about the server that gave it. */
#ifndef HW_CORE_CARRIER_ANSWER_H
#define HW_CORE_CARRIER_ANSWER_H

#include "core/carrier/error.h"
#include "core/http/http.h"

bool carrier_answer_is_connect_udp(const http_head *h);
bool carrier_answer_is_websocket(const http_head *h, const char *key);
/* Of a web page, which is never part of a tunnel. */
bool carrier_answer_is_html(const http_head *h);
/* Why an answer opens no tunnel. */
void carrier_answer_explain(const http_head *h, carrier_error *e);

#endif
