/* SPDX-License-Identifier: MIT */
/* core.h - the relay in the DMZ as a machine without sockets (rows E1, E6): authenticates registrations
 * with KEY3 before anything goes inwards, keeps a visitor entry for each client home has accepted, and
 * translates between a client's address and port and a port of the relay's own that stands for it towards
 * home. It holds neither KEY0 nor KEY1 and learns no identity.
 * Takes datagrams and time; queues datagrams for clients on `out` (sock: the listening socket they came to)
 * and for home on `in` (sock 0, from_port: the visitor's), both owned by the shell, which empties them
 * after every batch (dgramq_room() says when before). Single-threaded. */
#ifndef HW_CORE_RELAY_CORE_H
#define HW_CORE_RELAY_CORE_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"
#include "core/reg/message.h"

typedef struct relay_conf { /* borrowed while the core lives */
	char name[RELAY_NAME_MAX + 1];
	ip_addr address; /* IPv4, ours towards home: source of the IP-in-IP packets */
	ip_addr home;    /* IPv4, the home server's towards us */
	uint8_t key2[KEY2_LEN];
	uint32_t max_visitors; /* entries, pending ones included; at most RELAY_PORTS */
} relay_conf;
enum { RELAY_PORT_FIRST = 1024, RELAY_PORTS = 65536 - 1024 - 1 /* 4500 */ };

typedef struct relay_core relay_core;
relay_core *relay_core_new(const relay_conf *c, const logger *log, dgramq *out, dgramq *in, err *e);
void relay_core_free(relay_core *r); /* wipes keys */

void relay_core_from_client(relay_core *r, core_time now, const dgram_in *d);
/* The inner packet of IP-in-IP: from, local, local_port are its own. */
void relay_core_from_home(relay_core *r, core_time now, const dgram_in *d);
void relay_core_tick(relay_core *r, core_time now);
uint64_t relay_core_due_ms(const relay_core *r);

typedef enum relay_link_state {
	RELAY_LINK_DOWN,
	RELAY_LINK_ASKING,
	RELAY_LINK_UP
} relay_link_state;
typedef struct relay_status {
	relay_link_state link;
	bool told_all;     /* home's list of clients is complete */
	uint32_t admitted; /* clients that may register */
	uint32_t visitors, pending;
	double home_rtt_ms; /* negative: not known */
	uint64_t accepted, denied_auth, denied_replay, denied_malformed, timeouts, table_full;
	uint64_t up_packets, up_bytes, down_packets, down_bytes; /* of visitors */
	uint64_t strangers;     /* datagrams of nobody registered here */
	uint64_t not_from_home; /* IP-in-IP from others */
	uint64_t bad_replies;   /* from home's address, but not authentic */
	uint64_t hints_sent, hints_held_back;
} relay_status;
void relay_core_status(const relay_core *r, relay_status *out);

typedef struct relay_visitor_status {
	endpoint client;
	uint16_t port;       /* towards home */
	uint32_t lifetime_s; /* left */
	uint64_t up_bytes, down_bytes;
} relay_visitor_status;
void relay_core_each_visitor(const relay_core *r, core_time now,
			     void (*each)(void *ctx, const relay_visitor_status *v), void *ctx);

#endif
