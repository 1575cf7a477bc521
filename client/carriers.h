/* SPDX-License-Identifier: MIT */
/* carriers.h - tunnels inside HTTP, as the core asks for them: how each multiplexer is reached, and the carriers
 * among the sockets. */
#ifndef HW_CLIENT_CARRIERS_H
#define HW_CLIENT_CARRIERS_H

#include "carrier_trouble.h"
#include "datapath.h"
#include "portals.h"
#include "resolve.h"

typedef struct carriers {
	const profile *profile; /* these five are borrowed */
	const logger *log;
	io_loop *loop;
	sockets *sockets;
	datapath *data;
	tls_ctx *tls;                    /* NULL: there are no multiplexers */
	carrier_mux muxes[CLIENT_MUXES]; /* as client_conf.muxes */
	proxy_list proxies;
	endpoint proxies_at[PROXY_NAMES];
	carrier_trouble trouble;
	portals portals;
} carriers;

/* Reads what profile and environment have of certificates and proxies. False: see *e. */
bool carriers_init(carriers *c, io_loop *l, const profile *p, const logger *log, err *e);
void carriers_start(carriers *c, sockets *s, datapath *d);
void carriers_free(carriers *c); /* after sockets_close_all() */

void carriers_resolved(carriers *c, const resolution *r);
/* Begins to open one; its name, or 0: not now. */
uint32_t carriers_open(carriers *c, const uplink *u, unsigned mux);

typedef struct carrier_detail {                  /* of one that is up */
	const char *proxy, *method, *unverified; /* NULL: none */
} carrier_detail;
carrier_detail carriers_describe(const carriers *c, uint32_t sock);
/* What keeps them from coming up, into out; false: nothing. */
bool carriers_trouble(const carriers *c, char out[CARRIER_TROUBLE_TEXT]);

#endif
