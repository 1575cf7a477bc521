/* SPDX-License-Identifier: MIT */
/* core.h - the client's end of an HTTP tunnel to a multiplexer (docs/protocol.md, HTTP carriers), without
 * sockets: events of connections in, effects by the environment (env.h) out; time is an argument.
 *
 * Theory of operation. A carrier makes attempts (attempt.h): one at each address of the multiplexer, and one
 * through each proxy, side by side with a short stagger (core/http/dial.h); what matches the hint comes first.
 * An attempt opens connections (conn.h) and tries its methods over them one after the other: connect-udp,
 * WebSocket (upgrade.h), plain requests (plain.h, which needs two connections). The first attempt whose tunnel
 * is up wins, the others are closed. From then on datagrams go out by outbound.h and come in by tunnel.h. */
#ifndef HW_CORE_CARRIER_CORE_H
#define HW_CORE_CARRIER_CORE_H

#include "core/carrier/env.h"

typedef struct carrier_core carrier_core;
/* NULL: *e; no address and no proxy can be reached over the uplink, or no memory. Nothing happens before
 * carrier_core_timer(). */
carrier_core *carrier_core_new(const carrier_conf *conf, const carrier_env *env, uint64_t now_ms,
			       err *e);
/* Says goodbye where a tunnel is up, and closes every connection. NULL is fine. */
void carrier_core_free(carrier_core *c);

/* Of a connection that the environment has open. After the event all that it brought has happened; it may
 * have been closed. */
void carrier_core_opened(carrier_core *c, uint64_t now_ms, unsigned conn);
void carrier_core_octets(carrier_core *c, uint64_t now_ms, unsigned conn, uint8_t *p, size_t n);
void carrier_core_writable(carrier_core *c, uint64_t now_ms, unsigned conn);
/* why NULL: the other end closed it. */
void carrier_core_closed(carrier_core *c, uint64_t now_ms, unsigned conn, const char *why);
/* The SOCKS server did not connect it: CARRIER_UNREACHABLE, CARRIER_REFUSED or CARRIER_CREDENTIALS. */
void carrier_core_refused(carrier_core *c, uint64_t now_ms, unsigned conn, carrier_error_rank rank,
			  const char *why);
void carrier_core_timer(carrier_core *c, uint64_t now_ms);
uint64_t carrier_core_next_timer_ms(const carrier_core *c); /* UINT64_MAX: none */

/* Queues or sends; what is too much is dropped, oldest first. flow: a hash that is equal for packets of one
 * connection inside. Call carrier_core_flush() after the last of a batch. */
void carrier_core_send(carrier_core *c, uint64_t now_ms, uint32_t flow, const uint8_t *p, size_t n);
void carrier_core_flush(carrier_core *c, uint64_t now_ms);
bool carrier_core_is_up(const carrier_core *c);
uint64_t carrier_core_dropped(const carrier_core *c); /* datagrams that waited too long */

#endif
