/* SPDX-License-Identifier: MIT */
/* proxy.h - a TCP connection by way of a proxy: HTTP CONNECT (RFC 9110 9.3.6) by proxy_http.c, SOCKS by
 * proxy_socks.c. Either is asked, and hands back a descriptor that leads to the host behind the proxy.
 * Sockets are bound to the uplink's device and address. Row E5. */
#ifndef HW_IO_HTTP_PROXY_H
#define HW_IO_HTTP_PROXY_H

#include "core/http/auth.h"
#include "io/http/carrier.h"
#include "core/http/http.h"

typedef struct proxy_wish { /* borrowed until the end */
	const carrier_proxy *proxy;
	const uplink *up;
	const char *host; /* the proxy looks it up */
	uint16_t port;
	const endpoint *
		address; /* of the host, IPv4, for SOCKS 4, which knows no names; NULL: not known */
} proxy_wish;

typedef enum proxy_refusal {
	PROXY_UNREACHABLE, /* no connection to it, or it was lost */
	PROXY_REFUSED,     /* it won't connect to there */
	PROXY_CREDENTIALS, /* it wants a user name and a password, or other ones */
} proxy_refusal;

typedef struct proxy_events { /* one of them, once, from the loop; it may free what asked */
	void *ctx;
	void (*through)(void *ctx, int fd); /* the descriptor is the callee's */
	void (*refused)(void *ctx, proxy_refusal r,
			const char *why); /* a phrase that names the proxy */
} proxy_events;

/* What is known of a proxy's wishes, kept for the next connection by it. */
typedef struct proxy_auth {
	http_challenge challenge;
	bool good;       /* an answer to it was accepted */
	unsigned rounds; /* of asking since */
} proxy_auth;

/* Writes "Proxy-Authorization: ...\r\n"; or "", and returns false, as long as nothing was asked for. */
enum { PROXY_AUTH_LINE = HTTP_AUTH_VALUE + 32 };
bool proxy_auth_line(proxy_auth *a, const carrier_proxy *p, const char *method, const char *uri,
		     char out[PROXY_AUTH_LINE]);
/* Reads a 407 to a request that had such a line, or had none. True: ask again, with the line that
 * proxy_auth_line() now makes. False: that is pointless, and why says so. */
bool proxy_auth_take(proxy_auth *a, const carrier_proxy *p, const http_head *h, bool had_line,
		     char why[256]);
void proxy_auth_good(proxy_auth *a); /* the line was accepted */

typedef struct proxy_http proxy_http;
proxy_http *proxy_http_ask(io_loop *l, const proxy_wish *w, proxy_auth *a, const proxy_events *ev,
			   err *e);
void proxy_http_free(proxy_http *p); /* NULL is fine; safe inside its own events */

typedef struct proxy_socks proxy_socks;
proxy_socks *proxy_socks_ask(io_loop *l, const proxy_wish *w, const proxy_events *ev, err *e);
void proxy_socks_free(proxy_socks *p); /* NULL is fine; safe inside its own events */

#endif
