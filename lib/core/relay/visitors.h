/* SPDX-License-Identifier: MIT */
/* visitors.h - the table of entries: which port of the relay's stands for which address and port of a client,
 * whose entry it is, and until when. A new entry is pending: it carries no packets, and the oldest such gives
 * way where the table is full. It becomes a visitor when home has accepted the registration. Owns the
 * entries. */
#ifndef HW_CORE_RELAY_VISITORS_H
#define HW_CORE_RELAY_VISITORS_H

#include "base/map.h"
#include "base/timerq.h"
#include "core/relay/conf.h"
#include "core/relay/outstanding.h"

enum { RELAY_ENTRIES_OF_CLIENT = 4 };

typedef struct relay_visitor relay_visitor;

typedef struct relay_entries { /* of one client, in whose memory it lies */
	relay_visitor *first;  /* the latest accepted or made */
	unsigned n;
} relay_entries;

struct relay_visitor { /* for reading; changed by the functions below alone */
	endpoint client;
	dgram_route back; /* to the client */
	uint16_t port;    /* towards home */
	bool registered;  /* else pending */
	relay_entries *owner;
	relay_visitor *next;          /* of the same owner */
	relay_visitor *older, *newer; /* pending ones, by age */
	timer_entry timer;
	uint64_t expires_ms; /* the entry's end; UINT64_MAX: pending */
	relay_outstanding outstanding;
	reg_key3 key3; /* of the registration; spi 0: none yet */
	uint64_t up_bytes, down_bytes;
};

typedef struct relay_visitors {
	const relay_conf *conf;
	map *by_endpoint, *by_session; /* relay_visitor */
	relay_visitor **ports;         /* 65536 */
	relay_visitor *recent;         /* the last one that sent: bursts come from one */
	relay_visitor *oldest_pending, *newest_pending;
	uint32_t n_registered, n_pending;
	uint16_t port_cursor;
	timerq timers;
} relay_visitors;

bool relay_visitors_init(relay_visitors *t,
			 const relay_conf *c); /* false: no memory or randomness */
void relay_visitors_free(relay_visitors *t);   /* of one that init refused, too */

/* By where a client's datagram came from; NULL: none. */
relay_visitor *relay_visitors_find(relay_visitors *t, const dgram_in *d);
/* By the SPI of the KEY3 of its registration; NULL: none. */
relay_visitor *relay_visitors_find_session(const relay_visitors *t, uint32_t spi);
static inline relay_visitor *relay_visitors_at(const relay_visitors *t, uint16_t port)
{
	return t->ports[port];
}

/* A pending entry for where d came from. NULL: the table is full of registered ones, or no memory. */
relay_visitor *relay_visitors_add(relay_visitors *t, const dgram_in *d, relay_entries *owner);
void relay_visitors_remove(relay_visitors *t, relay_visitor *v);
void relay_visitors_remove_all(relay_visitors *t, relay_entries *owner);

/* A request goes home in the entry's name. */
void relay_visitors_await(relay_visitors *t, relay_visitor *v, uint64_t now_ms,
			  const relay_request *q);
/* Home accepted it. False: no memory, all is as before. */
bool relay_visitors_register(relay_visitors *t, relay_visitor *v, uint64_t now_ms,
			     uint32_t lifetime_s, const reg_key3 *k);
/* Home answered q, one of its outstanding requests; a visitor's others are not waited for then. A pending entry
 * without another one is removed. */
void relay_visitors_settle(relay_visitors *t, relay_visitor *v, const relay_request *q);
/* q is not waited for any longer. A pending entry without another request is removed: home may still grant that. */
void relay_visitors_give_up(relay_visitors *t, relay_visitor *v, const relay_request *q);

/* Removes those whose time is over, up to the next whose oldest request home has not answered in time, which is
 * returned for relay_visitors_give_up(); NULL: there is none. */
relay_visitor *relay_visitors_expire(relay_visitors *t, uint64_t now_ms);
uint64_t relay_visitors_next_timer_ms(const relay_visitors *t); /* UINT64_MAX: none */

static inline void relay_visitor_count_up(relay_visitor *v, size_t octets)
{
	v->up_bytes += octets;
}
static inline void relay_visitor_count_down(relay_visitor *v, size_t octets)
{
	v->down_bytes += octets;
}
uint32_t relay_visitor_left_s(const relay_visitor *v,
			      uint64_t now_ms); /* of a registered one's lifetime */

#endif
