/* SPDX-License-Identifier: MIT */
/* proxies.h - which proxies may be on the way: the profile's, or the environment's (https_proxy, http_proxy,
 * all_proxy and no_proxy, as curl reads them), or, where neither says anything, the gateway at the ports
 * where web proxies usually are. */
#ifndef HW_CLIENT_PROXIES_H
#define HW_CLIENT_PROXIES_H

#include "core/carrier/conf.h"
#include "host_port.h"

typedef enum proxy_mode { PROXY_AUTO, PROXY_NONE, PROXY_GIVEN } proxy_mode;
typedef struct proxy_setting {
	proxy_mode mode;
	url at; /* PROXY_GIVEN */
} proxy_setting;

enum { PROXY_FOR_HTTPS, PROXY_FOR_HTTP, PROXY_NAMES };

typedef struct proxy_list {
	bool guess;                   /* the gateway may be one */
	bool has[PROXY_NAMES];        /* for https and for http multiplexers */
	url of[PROXY_NAMES];          /* credentials in here: proxies_wipe() */
	host_port names[PROXY_NAMES]; /* to be looked up; host "": none */
	char no_proxy[512];
} proxy_list;

/* What cannot be read in the environment is left out and named in *e; the profile's was checked. */
void proxies_wanted(const proxy_setting *s, proxy_list *out, err *e);
void proxies_wipe(proxy_list *l);
/* Does no_proxy name this host, or a domain that it is in? */
bool proxies_exempt(const proxy_list *l, const char *host);
/* Those to try for a multiplexer over an uplink; at: where the named ones are (addr.len 0: not known).
 * Returns how many. */
unsigned proxies_for(const proxy_list *l, const endpoint at[PROXY_NAMES], const carrier_mux *m,
		     const uplink *u, carrier_proxy out[CARRIER_PROXIES]);

#endif
