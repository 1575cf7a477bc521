/* SPDX-License-Identifier: MIT */
/* priv.h - what the files of the relay share. Nobody else includes it.
 *
 * Theory of operation. Home tells over the link (home.c) which clients may register
 * (admitted.c). A client's request is authenticated with its KEY3 (register.c) and goes
 * home from a port that stands for the address and port it came from: the entry for it (visitors.c)
 * is pending, carries no data, and may be thrown out for a newer one. Home's authentic consent
 * (reply.c) makes it a visitor, for as long as the registration lives; only visitors' packets are
 * forwarded (forward.c). */
#ifndef HW_CORE_RELAY_PRIV_H
#define HW_CORE_RELAY_PRIV_H

#include "base/map.h"
#include "base/timerq.h"
#include "core/reg/ident.h"
#include "core/reg/relay.h"
#include "core/relay/core.h"
#include "core/reg/link.h"
#include "proto/ctl.h"
#include "proto/esp_hdr.h"

enum {
	RELAY_ENTRIES_OF_CLIENT = 4,
	RELAY_ASKS = 4,         /* requests of one entry that wait for home's answer */
	RELAY_ANSWER_MS = 2000, /* home's time to answer; then the client hears code 78 */
	RELAY_GRACE_MS =
		5000, /* an entry outlives the registration, so that its port is not another's
				    * while home still sends there */
	RELAY_ANSWERS_PER_S = 200, /* refusals, all together; those that are signed again so many */
	RELAY_ANSWERS_BURST = 400,
	RELAY_HINTS_PER_S = 2000,
	RELAY_HINTS_BURST = 2000,
	RELAY_RESYNCS_PER_S = 5, /* 133s to one client */
	RELAY_RESYNCS_BURST = 10,
	RELAY_LOG_PER_S = 2,
	RELAY_LOG_BURST = 20,
	RELAY_OWN_PORT = MIP_PORT, /* where the relay itself talks to home, and home to it */
};

typedef struct relay_visitor relay_visitor;

typedef struct relay_client { /* may register: home says so */
	struct relay_client *prev, *next;
	uint64_t handle;
	uint32_t spis[LINK_SPIS];
	uint64_t last_id; /* identifications up to here are used up */
	uint8_t key3[KEY3_LEN];
	uint32_t generation; /* of the list that named it last */
	rate_limit resyncs;
	relay_visitor *visitors; /* the latest accepted or asked for first */
	unsigned n_visitors;
} relay_client;

typedef struct relay_ask { /* a request that home has not answered */
	uint64_t id;       /* 0: empty */
	uint32_t spi;      /* of its mobile-home authentication */
	uint8_t home_agent[4];
	uint16_t len;
	reg_key3 key3; /* that it came under */
} relay_ask;

struct relay_visitor {
	endpoint client;
	dgram_route back; /* to the client */
	uint16_t port;    /* towards home */
	bool registered;
	relay_client *owner;
	relay_visitor *next;          /* of the same owner */
	relay_visitor *older, *newer; /* pending ones, by age */
	timer_entry timer;
	uint64_t expires_ms; /* registered: the entry's end */
	uint64_t asked_ms;   /* the oldest ask without an answer; UINT64_MAX: none */
	relay_ask asks[RELAY_ASKS];
	unsigned next_ask;
	reg_key3 key3; /* of the registration; spi 0: none yet */
	uint64_t up_bytes, down_bytes;
};

typedef struct relay_link {
	relay_link_state state;
	link_offer offer; /* spi 0: none made, or used */
	link_sa sa;
	uint64_t hello_ms; /* the next hello; UINT64_MAX: none needed */
	uint64_t said_ms;  /* the last */
	uint64_t ping_ms, heard_ms;
	unsigned hellos; /* of this offer */
	bool told_wrong; /* the log has it */
	bool told_silent;
	bool begun;       /* the list of this link has begun */
	uint64_t version; /* applied */
	int64_t offset;   /* home's clock less ours, NTP units */
	double rtt_ms;    /* negative: not known */
} relay_link;

struct relay_core {
	const relay_conf *conf;
	const logger *log;
	dgramq *out, *in;
	key2_set key2;
	relay_link link;

	relay_client *clients;
	uint32_t generation;
	map *by_handle, *by_spi; /* relay_client */
	bool told_all;

	map *by_endpoint, *by_session; /* relay_visitor */
	relay_visitor **ports;         /* 65536 */
	relay_visitor *recent;         /* the last one that sent: bursts come from one */
	relay_visitor *oldest_pending, *newest_pending;
	uint16_t port_cursor;
	timerq timers;

	rate_limit answers, hints, log_strangers;
	rate_limit signed_answers; /* to who has proven a KEY3: strangers don't use it up */
	relay_status count;
};

static inline uint64_t relay_home_ntp(const relay_core *r, core_time now)
{
	return now.ntp + (uint64_t)r->link.offset;
}
dgram_route relay_to_home(const relay_core *r, uint16_t from_port, uint16_t to_port);

/* home.c */
void relay_home_datagram(relay_core *r, core_time now, const dgram_in *d);
void relay_home_tick(relay_core *r, core_time now);
uint64_t relay_home_due(const relay_core *r);
void relay_home_free(relay_core *r);

/* admitted.c */
void relay_admit(relay_core *r, wire_rd *msg); /* LINK_ADMIT, authentic */
relay_client *relay_client_by_spi(const relay_core *r, uint32_t spi);
void relay_clients_free(relay_core *r);

/* visitors.c */
relay_visitor *relay_visitor_of(relay_core *r, const dgram_in *d); /* NULL: none */
/* Pending. NULL: the table is full of registered ones, or no memory. */
relay_visitor *relay_visitor_new(relay_core *r, const dgram_in *d, relay_client *owner);
void relay_visitor_free(relay_core *r, relay_visitor *v);
bool relay_visitor_register(relay_core *r, core_time now, relay_visitor *v, uint32_t lifetime_s,
			    const reg_key3 *k);
void relay_visitor_schedule(relay_core *r, relay_visitor *v);
void relay_visitors_due(relay_core *r, core_time now);
void relay_visitors_free(relay_core *r);

/* register.c */
void relay_register(relay_core *r, core_time now, const dgram_in *d);
typedef struct relay_answer { /* a refusal on its way */
	uint8_t code;
	uint64_t identification;
	const reg_key3 *key3; /* NULL: bare */
} relay_answer;
void relay_refuse(relay_core *r, core_time now, const dgram_route *to, const mip_request *q,
		  size_t request_len, const relay_answer *a);

/* reply.c */
void relay_reply(relay_core *r, core_time now, relay_visitor *v, const dgram_in *d);
void relay_home_silent(relay_core *r, core_time now, relay_visitor *v);

/* forward.c */
void relay_inwards(relay_core *r, core_time now, const dgram_in *d);
void relay_outwards(relay_core *r, relay_visitor *v, const dgram_in *d);

#endif
