/* SPDX-License-Identifier: MIT */
/* link.h - the relay's own link with home: a handshake under KEY2, then an association that carries home's
 * list of clients, kept alive by a ping a second. While home does not answer the relay goes on with what it has, and
 * repeats its hello. An association that has lived its time gives way to a new one, and the list goes on. What home sends
 * about clients is the caller's to apply. */
#ifndef HW_CORE_RELAY_LINK_H
#define HW_CORE_RELAY_LINK_H

#include "base/log.h"
#include "core/reg/link.h"
#include "core/relay/conf.h"
#include "core/relay/status.h"
#include "core/sa/set.h"

typedef struct relay_link {
	const relay_conf *conf;
	const logger *log;
	const key2_set *key2;
	dgramq *to_home;
	sa_store *store;
	sa_set set; /* the association with home, and for a moment the one before */
	relay_link_state state;
	reg_link_offer offer; /* of the hellos now sent */
	bool continues;       /* it offers to go on with the list */
	unsigned hellos;      /* sent with it */
	uint64_t hello_ms;    /* the next; UINT64_MAX: none needed */
	uint64_t last_hello_ms;
	uint64_t ping_ms, last_ping_ms, heard_ms;
	unsigned unanswered;                                 /* pings in a row */
	double rtt_ms;                                       /* negative: unknown */
	bool logged_refusal, logged_silence, logged_version; /* since the link was up last */
} relay_link;

/* False: no memory or randomness. The link stays where it is until relay_link_free(). */
bool relay_link_init(relay_link *l, const relay_conf *c, const key2_set *key2, dgramq *to_home,
		     const logger *log);
void relay_link_free(relay_link *l); /* of one that init refused, too */

typedef enum relay_link_event {
	RELAY_LINK_NO_EVENT,
	RELAY_LINK_NEW,       /* there is a new association, and home's list begins again */
	RELAY_LINK_ADMISSION, /* *body is a LINK_ADMIT: apply, then relay_link_acknowledge() */
} relay_link_event;
/* A datagram from home's own port to ours; opened in place. */
relay_link_event relay_link_handle(relay_link *l, core_time now, const dgram_in *d,
				   wire_bytes *body);
void relay_link_acknowledge(relay_link *l, core_time now, uint64_t version);

void relay_link_tick(relay_link *l, core_time now);
uint64_t relay_link_next_timer_ms(const relay_link *l); /* UINT64_MAX: none */

#endif
