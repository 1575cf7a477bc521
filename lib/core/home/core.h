/* SPDX-License-Identifier: MIT */
/* core.h - the home agent as a machine without sockets: verifies registrations, keeps bindings and associations,
 * forwards packets between the home network and its clients.
 *
 * Takes datagrams, TUN packets, answers to its requests, and time; queues datagrams on tx and inner packets on tun,
 * both owned by the shell, which empties them after every call or batch of calls (when dgramq_has_room() or join_has_room()
 * says so, and at the end of a batch). Effects on the system go through home_env. Single-threaded.
 *
 * Theory of operation. The core owns its parts and passes events on; the parts lie in layers, and none calls up:
 *	request          what comes, until it is authentic
 *	registrar        from there to the reply; check, commit, txn
 *	clients          clients come, change and go
 *	inbound outbound packets
 *	presence         what follows from a client's being away, at home or gone
 *	notices          who was registered before the last start is told of it
 *	places           where clients are, on disk
 *	link, admit      relays: their own associations, and the list of clients that they get
 *	peer             a client: credential, associations, bindings, transactions, its place in what relays read */
#ifndef HW_CORE_HOME_CORE_H
#define HW_CORE_HOME_CORE_H

#include "base/log.h"
#include "core/home/env.h"
#include "core/home/status.h"
#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"
#include "core/packet/join.h"

typedef struct home_core home_core;
home_core *home_core_new(const home_conf *c, const home_env *env, const logger *log, dgramq *tx,
			 join *tun, err *e);
/* Lets go of every address; ends registrations under way without a reply; wipes keys. */
void home_core_free(home_core *h);

/* Adds, or updates one of the same id; state may be NULL (new). Refused: SPI or address taken. An update that
 * changes anything ends registrations of that client that are under way, without a reply. */
bool home_core_client_put(home_core *h, const home_client_conf *c, const home_client_state *s,
			  err *e);
bool home_core_client_remove(home_core *h, const uint8_t id[CLIENT_ID_LEN]);
/* Every client, registered or not; each() must not add or remove any. */
void home_core_each_client(const home_core *h,
			   void (*each)(void *ctx, const uint8_t id[CLIENT_ID_LEN],
					const char *nai),
			   void *ctx);

void home_core_datagram(home_core *h, core_time now, const dgram_in *d);
void home_core_packet(home_core *h, core_time now, uint8_t *in,
		      size_t n); /* from the TUN, virtio header first */
/* The answer to what home_env.request() asked for under that number. One for a number that was completed before, took
 * too long, or belongs to nothing any more, or of another kind, has no effect. */
void home_core_complete(home_core *h, core_time now, uint64_t number, const home_answer *a);
void home_core_tick(home_core *h, core_time now);
uint64_t home_core_next_timer_ms(const home_core *h); /* UINT64_MAX: none */

typedef struct home_counters {
	uint64_t clients, in_progress; /* registrations */
	uint64_t notices_sent;         /* that home was restarted */
	home_register_counters registrations;
	home_inbound_counters inbound;
	home_outbound_counters outbound;
} home_counters;
home_counters home_core_counters(const home_core *h);
void home_core_each_binding(const home_core *h, core_time now,
			    void (*each)(void *ctx, const home_binding_status *s), void *ctx);
/* home_conf's relays are others now: their links begin again, as after a restart, and registrations under way by a
 * relay end without a reply. False: a key could not be derived; that relay is refused. */
bool home_core_relays_changed(home_core *h);
home_relay_status home_core_relay(const home_core *h, unsigned i);

#endif
