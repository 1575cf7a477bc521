/* SPDX-License-Identifier: MIT */
/* carrier.h - the client's end of an HTTP tunnel to a multiplexer (docs/protocol.md, HTTP carriers): finds
 * its way there by itself. Ways are tried side by side with a short stagger (core/http/dial.h): every address of
 * the mux, without a proxy and through each that may be there (HTTP CONNECT, absolute-form requests where
 * CONNECT is refused, SOCKS 4 and 5 by libsocksd); on a way that reaches the mux the method is connect-udp,
 * else WebSocket, else plain requests. Datagrams in, datagrams out; between them a short fair queue. What
 * leaves here is bound to the uplink and never enters the tunnel. Rows E4, E5, B1. */
#ifndef HW_IO_HTTP_CARRIER_H
#define HW_IO_HTTP_CARRIER_H

#include "base/log.h"
#include "base/url.h"
#include "core/packet/uplink.h"
#include "io/loop/loop.h"
#include "io/stream/tls.h"

enum { CARRIER_ADDRESSES = 8, CARRIER_PROXIES = 4, CARRIER_HINT = URL_HOST + 24 };

typedef struct carrier_mux { /* where to, borrowed while carriers to it live */
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
	char name[URL_HOST + 8]; /* for status: host:port */
	char user[URL_USER], password[URL_USER];
} carrier_proxy;

typedef enum carrier_method {
	CARRIER_CONNECT_UDP,
	CARRIER_WEBSOCKET,
	CARRIER_PLAIN
} carrier_method;
const char *carrier_method_name(carrier_method m); /* "connect-udp", "websocket", "plain" */

typedef struct carrier_hint { /* how it got there last time */
	bool known;
	carrier_method method;
	char proxy[URL_HOST + 8]; /* its name; "": there was none */
} carrier_hint;

typedef struct carrier_conf { /* copied, but for mux and tls */
	const carrier_mux *mux;
	tls_ctx *tls; /* for https */
	uplink up;
	bool direct; /* without a proxy, too */
	carrier_proxy proxies[CARRIER_PROXIES];
	unsigned n_proxies;
	carrier_hint hint; /* what leads there so comes first; no way is left out for it */
	const logger *log;
} carrier_conf;

typedef struct carrier_info { /* how it got there */
	carrier_method method;
	endpoint local, remote; /* of the TCP connection: remote is the mux, or the proxy */
	const char *proxy;      /* NULL: none */
	/* TLS: why the mux's certificate was not verified, though taken; NULL: it was. */
	const char *unverified;
} carrier_info;

/* As one line of text, to be kept: "connect-udp", or "plain proxy.example.net:3128". */
void carrier_hint_put(const carrier_info *i, char out[CARRIER_HINT]);
carrier_hint carrier_hint_get(const char *text); /* not known, if it makes no sense */

typedef struct carrier_events { /* each may close the carrier */
	void *ctx;
	void (*up)(void *ctx, const carrier_info *i);
	/* It can't be reached, or was and is lost. A carrier that is down stays so: close it. why: one
	 * phrase, the most telling one of all ways'. */
	void (*down)(void *ctx, const char *why);
	/* One way asks for other credentials, others are still being tried: the user should know now. May
	 * be NULL; says a phrase, and does not close the carrier. */
	void (*credentials)(void *ctx, const char *why);
	void (*datagram)(void *ctx, uint8_t *p, size_t n); /* may be modified */
	void (*batch_end)(void *ctx); /* all datagrams of one reading were handed over */
} carrier_events;

typedef struct carrier carrier;
carrier *carrier_open(io_loop *l, const carrier_conf *c, const carrier_events *ev, err *e);
void carrier_close(carrier *c); /* NULL is fine; safe inside its own callbacks */
/* Queues or sends; what is too much is dropped, oldest first. flow: a hash that is equal for packets of
 * one connection inside. Call carrier_flush() after the last of a batch. */
void carrier_send(carrier *c, uint32_t flow, const uint8_t *p, size_t n);
void carrier_flush(carrier *c);
bool carrier_is_up(const carrier *c);
uint64_t carrier_dropped(const carrier *c); /* datagrams that waited too long */

#endif
