/* SPDX-License-Identifier: MIT */
/* agents.h - where paths may lead: home, the relays that the profile or home named, those that advertise
 * themselves on a link (RFC 5944 2), and home or a relay by a multiplexer. */
#ifndef HW_CORE_CLIENT_AGENTS_H
#define HW_CORE_CLIENT_AGENTS_H

#include "core/client/host.h"
#include "core/client/known_relays.h"

enum {
	CLIENT_AGENT_HOME = 0,
	CLIENT_ADVERTISED = 2, /* relays that advertise themselves, at a time */
	CLIENT_FIRST_ADVERTISED = 1 + CLIENT_RELAYS,
	CLIENT_FIRST_MUX = CLIENT_FIRST_ADVERTISED + CLIENT_ADVERTISED,
	CLIENT_AGENTS = CLIENT_FIRST_MUX + CLIENT_MUXES,
};

typedef struct client_agent {
	bool used;
	uint16_t generation; /* another agent in the same place has another */
	client_path_kind kind;
	bool is_relay;     /* else it is home */
	reg_relay relay;   /* if it is one; by a multiplexer: without an address */
	bool advertised;   /* by itself: */
	uint32_t ifindex;  /* on this link; 0: reachable from anywhere */
	uint16_t sequence; /* of its last advertisement */
	uint64_t until_ms; /* the advertisement's lifetime; NEVER: no end */
} client_agent;

typedef struct client_agents {
	const client_host *host;
	endpoint homes[CLIENT_HOMES];
	unsigned n_homes;
	client_known_relays relays;
	client_agent list[CLIENT_AGENTS];
	uint16_t last_generation;
	uint8_t last_used; /* the agent of the active path that answered last; CLIENT_AGENTS: none */
	endpoint last_home; /* home's address that answered last */
} client_agents;

void client_agents_init(client_agents *a, const client_host *host, const client_saved *saved);
void client_agents_save(const client_agents *a, client_saved *out);

/* Where agent i is reached over that uplink; NULL: not. By a multiplexer: an endpoint without an address. */
const endpoint *client_agents_reach(const client_agents *a, unsigned i, const uplink *u);
/* All addresses to try for requests, in order; returns how many. */
unsigned client_agents_addresses(const client_agents *a, unsigned i, const uplink *u,
				 endpoint list[CLIENT_HOMES]);
unsigned client_agents_rank(const client_agents *a, unsigned i); /* lower: the profile prefers it */
/* "home", or the relay's name, or its address while that is not known. */
const char *client_agents_name(const client_agents *a, unsigned i, char buf[ENDPOINT_STRLEN]);
/* The home server's IPv4 address; len 0: it has none. */
ip_addr client_agents_home4(const client_agents *a);

void client_agents_set_homes(client_agents *a, const endpoint *homes, unsigned n);
bool client_agents_has_homes(const client_agents *a, const endpoint *homes, unsigned n);
/* These lead to CLIENT_EV_AGENTS_CHANGED where something is new. */
void client_agents_set_relays(client_agents *a, const reg_relay *relays, unsigned n);
void client_agents_learn(client_agents *a, const reg_reply *r); /* the relays that home names */
/* The name that a relay itself gives; false: it was known. */
bool client_agents_set_name(client_agents *a, unsigned i, wire_bytes name);
bool client_agents_allows(const client_agents *a, client_path_kind k); /* by the profile */
client_agent *client_agents_put_relay(client_agents *a, unsigned i, const reg_relay *r);
void client_agents_drop_relay(client_agents *a, unsigned i);
void client_agents_note_used(client_agents *a, unsigned i);
void client_agents_note_home(client_agents *a, const endpoint *remote);

#endif
