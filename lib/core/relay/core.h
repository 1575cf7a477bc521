/* SPDX-License-Identifier: MIT */
/* core.h - the relay in the DMZ as a machine without sockets: authenticates registrations with KEY3 before
 * anything goes inwards, keeps an entry for each visitor that home has accepted, and translates between a
 * client's address and port and a port of the relay's own that stands for it towards home. It holds neither
 * KEY0 nor KEY1 and learns no identity.
 *
 * * Takes datagrams and time; queues datagrams for clients on to_clients (sock: the listening socket they
 * came to) and for home on to_home (sock 0, from_port: the visitor's), both owned by the shell, which empties
 * them after every batch (dgramq_has_room() says when before). Single-threaded. */
#ifndef HW_CORE_RELAY_CORE_H
#define HW_CORE_RELAY_CORE_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "core/relay/conf.h"
#include "core/relay/status.h"

typedef struct relay_core relay_core;
/* NULL: see *e. */
relay_core *relay_core_new(const relay_conf *c, const logger *log, dgramq *to_clients,
			   dgramq *to_home, err *e);
void relay_core_free(relay_core *r); /* wipes keys; NULL is fine */

void relay_core_from_client(relay_core *r, core_time now, const dgram_in *d);
/* The inner packet of IP-in-IP: from, local, local_port are its own. */
void relay_core_from_home(relay_core *r, core_time now, const dgram_in *d);
void relay_core_tick(relay_core *r, core_time now);
uint64_t relay_core_next_timer_ms(const relay_core *r); /* UINT64_MAX: none */

void relay_core_status(const relay_core *r, relay_status *out);
void relay_core_each_visitor(const relay_core *r, core_time now,
			     void (*each)(void *ctx, const relay_visitor_status *v), void *ctx);

#endif
