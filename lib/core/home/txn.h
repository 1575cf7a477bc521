/* SPDX-License-Identifier: MIT */
/* txn.h - registrations on their way: what may have to wait has a transaction on the heap.
 *
 * A transaction begins when its request has been authenticated, or, where home does not hold the client's key, as a
 * stranger's: those are few, of one source and in all, take no place of a client's, and nothing else is allocated for
 * them. It owns a copy of the datagram. The transactions of one peer stand in a queue in order of identification; the first one is
 * decided and committed, the others wait for their turn. A wait has a number, by which its answer finds the
 * transaction; each wait has another, so that a late or repeated answer finds nothing. A transaction has one
 * deadline, counted from its arrival through all its waits. Both the queue of a peer and all transactions together
 * are bounded. No clock, no effects; ending one wipes it. */
#ifndef HW_CORE_HOME_TXN_H
#define HW_CORE_HOME_TXN_H

#include "base/map.h"
#include "base/timerq.h"
#include "core/home/authority.h"
#include "core/home/negotiate.h"
#include "core/packet/dgramq.h"

enum {
	HOME_TXNS = 4096,
	HOME_TXNS_OF_PEER = 16,
	HOME_STRANGERS = 64,
	HOME_STRANGERS_OF_SOURCE = 4, /* IPv4 address, IPv6 network of 64 bits, relay's client */
};

typedef struct home_arrival { /* a request that came; borrowed */
	core_time at;
	const dgram_in *d;
	const reg_scan *scan;
} home_arrival;

typedef struct home_txn home_txn;
typedef struct home_txn_queue { /* of one peer; or strangers, in which nobody waits for another */
	home_txn *first;
	unsigned n;
} home_txn_queue;

typedef struct home_asked { /* what the request asks for, but for the offer of an association */
	uint8_t flags;      /* MIP_S */
	uint16_t lifetime_s;
	ip_addr care_of, home4, home6;
	bool names_owner; /* its NAI is the one of the peer it is authentic for */
	bool home_link, standby, carrier, udp_tunnel, has_offer;
} home_asked;

typedef struct home_decision { /* what the checks find out and decide; check.c writes it */
	unsigned step;         /* the check that is next */
	home_asked q;
	home_client_state next; /* to be made durable */
	home_negotiation sa;
	uint32_t lifetime_s;
	bool is_known; /* it is at home, and was when it asked last: nothing changes */
} home_decision;

struct home_txn {
	home_txn *next; /* in the queue */
	home_txn_queue *queue;
	struct home_peer *peer; /* NULL: a stranger's */
	uint64_t number;
	home_wait waits_for;
	const home_answer *answer; /* while the check that waited is asked again; NULL: none */
	uint64_t deadline_ms;      /* nothing takes effect from then on */
	timer_entry timer;
	dgram_in d;
	reg_scan scan;
	home_arrival in;        /* of those two */
	home_question question; /* the authority's */
	home_decision decision;
	uint8_t octets[]; /* the datagram */
};

typedef struct home_txns {
	map *by_number;
	timerq timers;
	home_txn_queue strangers;
	uint64_t last_number;
	unsigned n; /* of peers */
} home_txns;
bool home_txns_open(home_txns *all);  /* false: no memory or no randomness */
void home_txns_close(home_txns *all); /* those of peers have ended by then */

/* NULL: the peer's queue or the table is full, or no memory. */
home_txn *home_txn_new(home_txns *all, home_txn_queue *queue, struct home_peer *peer,
		       const home_arrival *in);
/* NULL: its source has too many, or there are too many, or no memory. */
home_txn *home_txn_new_stranger(home_txns *all, const home_arrival *in);
/* A stranger's becomes a peer's. False: there is no room. */
bool home_txn_assign(home_txns *all, home_txn *t, home_txn_queue *queue, struct home_peer *peer);
void home_txn_end(home_txns *all, home_txn *t);
/* Of a peer: the one of that request; NULL: none. */
const home_txn *home_txn_find(const home_txn_queue *queue, uint32_t spi, uint64_t identification);
bool home_txn_has_turn(const home_txn *t); /* nobody is before it */
bool home_txn_is_by_relay(const home_txn *t);
/* A stranger's: the one of this very datagram from the same place. */
const home_txn *home_txns_find_stranger(const home_txns *all, const dgram_in *d);
/* Identifications up to here are used up, or about to be. */
uint64_t home_txn_last_id(const home_txn_queue *queue, uint64_t accepted);

/* Waits; returns the number of the wait. */
uint64_t home_txn_wait(home_txns *all, home_txn *t, home_wait what);
/* Who waits under that number for an answer of that kind; NULL: nobody, or not any more. */
home_txn *home_txns_find(const home_txns *all, uint64_t number, home_wait kind);
home_wait home_txn_resume(home_txn *t); /* it waits no more; returns what it waited for */
void home_txn_resume_later(home_txns *all, home_txn *t); /* home_txns_pop() returns it at once */
/* One to resume: its deadline is over, or its turn has come; NULL: none. */
home_txn *home_txns_pop(home_txns *all, uint64_t now_ms);
uint64_t home_txns_next_timer_ms(const home_txns *all); /* UINT64_MAX: none */
/* The code of a refusal where the wait failed, or the deadline was over. */
uint8_t home_wait_refusal(home_wait w);

#endif
