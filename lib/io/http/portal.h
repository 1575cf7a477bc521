/* SPDX-License-Identifier: MIT */
/* portal.h - is there a captive portal? Asks a host that is known to answer GET /generate_204 with 204, in
 * the clear and over the uplink given; any other answer is not that host's. */
#ifndef HW_IO_HTTP_PORTAL_H
#define HW_IO_HTTP_PORTAL_H

#include "base/url.h"
#include "core/packet/uplink.h"
#include "io/loop/loop.h"

typedef struct portal_conf {
	endpoint at; /* of that host */
	char host[URL_HOST];
	uplink up;
} portal_conf;

typedef enum portal_result {
	PORTAL_OPEN,   /* 204 */
	PORTAL_FOUND,  /* another answer; `where`: its Location, or else the URL asked */
	PORTAL_SILENT, /* none, or not in HTTP */
} portal_result;

enum { PORTAL_URL = 256, PORTAL_PATIENCE_MS = 5000 };

typedef struct portal_probe portal_probe;
/* done: once, from the loop; it may free the probe. where: a URL, in printable ASCII whatever the network
 * sent; "" but for PORTAL_FOUND. NULL: see *e. */
portal_probe *portal_ask(io_loop *l, const portal_conf *c,
			 void (*done)(void *ctx, portal_result r, const char *where), void *ctx,
			 err *e);
void portal_free(portal_probe *p); /* NULL is fine */

#endif
