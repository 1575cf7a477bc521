/* SPDX-License-Identifier: MIT */
/* forwarded.h - the client's address as a reverse proxy names it: X-Forwarded-For, the forerunner of RFC 7239. */
#ifndef HW_CORE_MUX_FORWARDED_H
#define HW_CORE_MUX_FORWARDED_H

#include "base/addr.h"
#include "core/http/http.h"

/* The last address is what the proxy in front of us saw; *out stays if there is none. */
void mux_forwarded_for(const http_head *h, ip_addr *out);

#endif
