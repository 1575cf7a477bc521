/* SPDX-License-Identifier: MIT */
/* dns_exchange.h - questions to one name server over one uplink, without blocking: a channel of c-ares on the loop, with
 * sockets of its own from ports that the kernel chooses at random. An answer that does not fit is fetched by TCP. */
#ifndef HW_IO_NET_DNS_EXCHANGE_H
#define HW_IO_NET_DNS_EXCHANGE_H

#include "core/packet/uplink.h"
#include "io/loop/loop.h"
#include "io/net/dns_answer.h"

typedef struct dns_exchange dns_exchange;

typedef struct dns_exchange_conf {
	endpoint server;
	const uplink *
		up; /* its device and address are used; NULL: as the system's routes lead there. Copied */
	unsigned
		try_ms; /* for the first answer; after that it is asked once more, for twice as long */
	io_call *
		turn_ended; /* after each turn of the loop that may have brought answers; may close the exchange */
	void *ctx;
} dns_exchange_conf;

dns_exchange *dns_exchange_open(io_loop *l, const dns_exchange_conf *c, err *e); /* NULL: see *e */
void dns_exchange_close(dns_exchange *x);                                        /* NULL is fine */

/* Once for each question, perhaps at once; not when the exchange is closed before. Must not close it. */
typedef void dns_answered(void *ctx, const dns_answer *a);
void dns_exchange_ask(dns_exchange *x, const char *host, int family, dns_answered *answered,
		      void *ctx);

#endif
