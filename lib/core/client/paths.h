/* SPDX-License-Identifier: MIT */
/* paths.h - the table of paths, one for each uplink and agent that it reaches, and what is known of each: where
 * it leads, whether it can be used, whether it answers, how long a round trip takes. Modules above keep their own
 * state of a path under its slot. */
#ifndef HW_CORE_CLIENT_PATHS_H
#define HW_CORE_CLIENT_PATHS_H

#include "core/client/agents.h"

enum { CLIENT_RTT_GUESS_MS = 250 /* before anything was measured */ };

typedef enum client_link {
	CLIENT_LINK_UP, /* by UDP always */
	CLIENT_LINK_OPENING,
	CLIENT_LINK_CLOSED, /* a carrier that is not wanted, or can't be opened */
} client_link;

typedef struct client_path { /* for reading; changed by the functions below alone */
	bool used;
	uint8_t slot;  /* its place in the table */
	uint16_t name; /* in echoes; never 0, not given again soon */
	uint32_t sock; /* 0: a carrier that is closed */
	client_link link;
	uplink up;
	uint8_t agent; /* index */
	uint16_t agent_generation;
	client_path_kind kind; /* of that agent */
	bool by_relay;         /* that agent is one */
	endpoint remote; /* where traffic goes; by a carrier: the other end of its connection */

	uint32_t rtt_us;        /* smoothed; 0: not known */
	bool rtt_is_rough;      /* of a registration, with home's time to decide */
	bool answering;         /* something authentic came over it, and it has not failed since */
	bool failed;            /* it does not answer */
	uint8_t failures;       /* how often that happened of late */
	uint64_t not_before_ms; /* it is not preferred to the active path earlier: it failed */
	uint64_t last_rx_ms, last_tx_ms;
	uint64_t last_data_ms; /* inner packets from here */
	uint64_t last_use_ms;  /* inner packets either way */
	uint16_t mtu;          /* outer UDP payload known to pass; 0: not known */

	bool nat; /* home sees another address than ours */
	uint16_t keepalive_s;
} client_path;

typedef struct client_paths {
	const client_host *host;
	const client_agents *agents;
	client_path slots[CLIENT_PATHS];
	uint8_t by_sock[1 << CLIENT_SOCK_BITS]; /* slot + 1; 0: none */
	client_path *active;                    /* NULL: none */
	uint16_t last_name;
	uint32_t last_rtt_us; /* of any path */
} client_paths;

void client_paths_init(client_paths *t, const client_host *host, const client_agents *agents);
/* Walks the table: the first for NULL, NULL after the last. */
client_path *client_paths_next(const client_paths *t, const client_path *p);
client_path *client_paths_by_sock(const client_paths *t, uint32_t sock);
client_path *client_paths_by_name(const client_paths *t, uint16_t name); /* NULL also for 0 */

/* A path by a carrier begins with a closed link. NULL: there is one, no address, no room, or no socket. */
client_path *client_paths_open(client_paths *t, const uplink *u, unsigned agent);
void client_paths_close(client_paths *t, client_path *p);
void client_paths_close_all(client_paths *t);
void client_paths_set_active(client_paths *t, client_path *p); /* NULL: none */
void client_paths_set_uplink(client_path *p, const uplink *u);
void client_paths_carrier_opening(client_paths *t, client_path *p, uint32_t sock);
void client_paths_carrier_up(client_path *p, const endpoint *remote);
void client_paths_carrier_closed(client_paths *t, client_path *p); /* by the shell */

/* Can packets be sent: does a route lead to its agent, or is its carrier up? */
bool client_paths_is_usable(const client_path *p);
/* Measured, or a guess; at least 1. */
uint32_t client_paths_rtt_ms(const client_paths *t, const client_path *p);
void client_paths_measured(client_paths *t, client_path *p, uint32_t rtt_us); /* by an echo */
/* By a registration, which takes home longer than an echo does: good until an echo was answered. */
void client_paths_measured_roughly(client_paths *t, client_path *p, uint32_t rtt_us);
/* Something authentic came. True: it did not answer before. */
bool client_paths_heard(client_path *p, uint64_t now_ms);
void client_paths_silent(client_path *p);                  /* it does not answer requests */
void client_paths_failed(client_path *p, uint64_t now_ms); /* and is not preferred for a while */
void client_paths_forgive(client_path *p); /* its failures are history: the network changed */
void client_paths_recover(client_path *p); /* it may be used again, and its failures are history */
void client_paths_doubt(client_path *p);   /* whether it answers is not known */
/* The address that home or the relay answered from, and what the registration brought about the path. */
void client_paths_registered(client_path *p, const endpoint *remote, const reg_reply *r);
void client_paths_set_mtu(client_path *p, uint16_t mtu);

static inline bool client_paths_by_carrier(const client_path *p)
{
	return p->kind == PATH_HTTPS || p->kind == PATH_HTTP;
}

/* Its round trip was measured well enough to be compared. */
static inline bool client_paths_is_measured(const client_path *p)
{
	return p->rtt_us && !p->rtt_is_rough;
}

static inline dgram_route client_paths_route(const client_path *p)
{
	return (dgram_route){ .sock = p->sock, .to = p->remote };
}

static inline void client_paths_sent(client_path *p, uint64_t now_ms)
{
	p->last_tx_ms = now_ms;
}

static inline void client_paths_sent_data(client_path *p, uint64_t now_ms)
{
	p->last_tx_ms = p->last_data_ms = p->last_use_ms = now_ms;
}

static inline void client_paths_received_data(client_path *p, uint64_t now_ms)
{
	p->last_use_ms = now_ms;
}

#endif
