/* SPDX-License-Identifier: MIT */
/* conf.h - where a carrier leads to, and what may lie on the way there. */
#ifndef HW_CORE_CARRIER_CONF_H
#define HW_CORE_CARRIER_CONF_H

#include "base/url.h"
#include "core/packet/uplink.h"

enum {
	CARRIER_ADDRESSES = 8,
	CARRIER_PROXIES = 4,
	CARRIER_PROXY_NAME = URL_HOST + sizeof "[]:65535"
};

typedef struct carrier_mux { /* where to; outlives carriers to it */
	bool https;
	char host[URL_HOST]; /* for SNI, Host, and CONNECT */
	uint16_t port;
	char target[64];                       /* as mux.conf names it */
	endpoint addresses[CARRIER_ADDRESSES]; /* resolved outside the tunnel */
	unsigned n_addresses;
} carrier_mux;

typedef enum proxy_kind { PROXY_HTTP, PROXY_SOCKS5, PROXY_SOCKS4 } proxy_kind;
typedef struct carrier_proxy {
	proxy_kind kind;
	endpoint at;
	char name[CARRIER_PROXY_NAME]; /* for status: host:port */
	char user[URL_USER], password[URL_USER];
} carrier_proxy;

typedef enum carrier_method {
	CARRIER_CONNECT_UDP,
	CARRIER_WEBSOCKET,
	CARRIER_PLAIN
} carrier_method;

typedef struct carrier_hint { /* what succeeded last time */
	bool known;
	carrier_method method;
	char proxy[CARRIER_PROXY_NAME]; /* its name; "": there was none */
} carrier_hint;

typedef struct carrier_conf { /* copied, but for the multiplexer */
	const carrier_mux *mux;
	uplink up;
	bool direct; /* attempts without a proxy, too */
	carrier_proxy proxies[CARRIER_PROXIES];
	unsigned n_proxies;
	carrier_hint hint; /* attempts that match it come first; none is left out for it */
} carrier_conf;

#endif
