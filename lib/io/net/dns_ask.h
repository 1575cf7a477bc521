/* SPDX-License-Identifier: MIT */
/* dns_ask.h - the addresses of some names, without blocking (c-ares inside): hosts(5) first, then every name server of
 * resolv.conf(5) at once. A client asks outside its tunnel: over every uplink that leads to the server, from sockets
 * bound to the uplink's device, address and mark. A name server on this machine is asked directly, and so are those that
 * systemd-resolved or NetworkManager say they ask themselves: their sockets have no mark, and what they ask may not get
 * past the tunnel's routing rules. Search domains are not applied. */
#ifndef HW_IO_NET_DNS_ASK_H
#define HW_IO_NET_DNS_ASK_H

#include "core/packet/uplink.h"
#include "io/loop/loop.h"
#include "io/net/dns_answer.h"

typedef struct dns_ask_conf {
	const char *resolv_conf; /* NULL: the system's */
	const char *upstream; /* resolv.conf(5) of a resolver on this machine; NULL: the system's */
	bool by_routes;       /* as the system's routes lead; else over the uplinks only */
	const uplink *uplinks;
	unsigned n_uplinks;
	unsigned
		try_ms; /* waits so long for an answer, then asks again and waits twice as long; 0: 1000 */
	unsigned other_kind_ms; /* waits so long for the other family's addresses; 0: 300 */
} dns_ask_conf;

typedef struct dns_ask dns_ask;
/* answers: one for each name, in their order, gone after the call. From the loop, once, never from dns_ask_new(); may
 * free. IPv6 addresses come first where an uplink has a way out for them. */
typedef void dns_done(void *ctx, const dns_answer *answers);

/* Names and conf are copied. NULL: see *e. */
dns_ask *dns_ask_new(io_loop *l, const dns_ask_conf *c, const char *const *names, unsigned n,
		     dns_done *done, void *ctx, err *e);
void dns_ask_free(dns_ask *a); /* done() is not called any more. NULL is fine */

/* Waits for it on a loop of its own: for commands. *e: why it could not be asked. */
bool dns_ask_wait(const dns_ask_conf *c, const char *name, dns_answer *out, err *e);

#endif
