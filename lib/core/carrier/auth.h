/* SPDX-License-Identifier: MIT */
/* auth.h - credentials for an HTTP proxy: what it asked for, kept for the next request. */
#ifndef HW_CORE_CARRIER_AUTH_H
#define HW_CORE_CARRIER_AUTH_H

#include "core/carrier/conf.h"
#include "core/carrier/error.h"
#include "core/http/auth.h"
#include "core/http/http.h"

typedef struct carrier_auth { /* zeros: nothing was asked for yet */
	http_challenge challenge;
	bool accepted;       /* a response to it was */
	unsigned challenges; /* since one was */
} carrier_auth;

/* Writes "Proxy-Authorization: ...\r\n"; or "" and returns false, as long as nothing was asked for. */
enum { CARRIER_AUTH_LINE = HTTP_AUTH_VALUE + 32 };
bool carrier_auth_line(carrier_auth *a, const carrier_proxy *p, const char *method, const char *uri,
		       char out[CARRIER_AUTH_LINE]);
/* Takes a 407 to a request that had such a line, or had none. True: repeat the request with the line that
 * carrier_auth_line() makes now. False: pointless, *e is set. */
bool carrier_auth_challenge(carrier_auth *a, const carrier_proxy *p, const http_head *h,
			    bool had_line, carrier_error *e);
void carrier_auth_accepted(carrier_auth *a); /* the line was */

#endif
