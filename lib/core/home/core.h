/* SPDX-License-Identifier: MIT */
/* core.h - the home agent as a machine without sockets: verifies registrations, keeps bindings and
 * associations, forwards packets between the home network and its clients.
 * Takes datagrams, TUN packets and time; queues datagrams on tx and inner packets on tun, both owned by the
 * shell, which empties them after every call or batch of calls (when dgramq_room() or join_room() says
 * so, and at the end of a batch). Effects on the system go through home_env. Single-threaded. */
#ifndef HW_CORE_HOME_CORE_H
#define HW_CORE_HOME_CORE_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"
#include "core/packet/join.h"
#include "core/crypto/dh.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"

enum { HOME_ADDRESSES = 16, HOME_MAX_BINDINGS = 4, CLIENT_ID_LEN = 16, HOME_RELAYS = 8 };

typedef struct
	home_relay_conf { /* a relay admitted; relay i's datagrams have sock DGRAM_RELAY + i */
	char name[RELAY_NAME_MAX + 1];
	ip_addr address; /* IPv4: where its IP-in-IP comes from; the shell lets nothing else through */
	uint8_t key2[KEY2_LEN];
	endpoint at; /* what clients are told to reach; addr.len 0: nothing */
} home_relay_conf;

typedef struct home_conf {            /* borrowed while the core lives */
	ip_prefix network4, network6; /* addr.len 0: none */
	ip_addr home_lan4, home_lan6; /* this server on the home link; len 0: no home link */
	uint32_t lan_ifindex;         /* 0: no home link */
	ip_addr agents
		[HOME_ADDRESSES]; /* what a request may name as home agent; own addresses and public ones */
	unsigned n_agents;
	ip_addr reserved
		[HOME_ADDRESSES]; /* never assigned dynamically: ours, the LAN gateway's, ... */
	unsigned n_reserved;
	uint64_t lease_first, lease_last; /* IPv4 host parts to lease; 0, 0: the whole network */
	uint32_t lifetime_max_s, lifetime_min_s; /* of a registration: granted within */
	uint16_t keepalive_s;                    /* told to clients behind a NAT */
	uint32_t max_clients;
	uint16_t link_mtu; /* of our link to the internet */
	sa_policy policy;
	home_relay_conf relays[HOME_RELAYS];
	unsigned n_relays;
} home_conf;

typedef struct home_client_conf {  /* what the registry knows of a client; copied */
	uint8_t id[CLIENT_ID_LEN]; /* random, names its state on disk */
	char nai[NAI_MAX + 1];
	uint8_t key0[KEY0_LEN];
	auth_algorithm auth;
	uint32_t spi; /* the profile's own SPI: always good for a client that lost its state */
	ip_addr home4, home6; /* len 0: assigned dynamically from the network, where there is one */
	uint64_t expires_unix_s; /* 0: never */
} home_client_conf;

typedef struct home_client_state {    /* what must survive a crash; saved before the reply leaves */
	uint64_t last_id;             /* highest identification accepted: the replay window */
	uint32_t spi_now, spi_before; /* pseudonyms */
	ip_addr lease4, lease6;       /* dynamic home address */
} home_client_state;

typedef struct home_env {
	void *ctx;
	/* Attract (or let go) packets for a permanent address: route into the TUN, proxy ARP, gratuitous ARP.
	 * away = false when the client is at home or gone. */
	void (*attract)(void *ctx, const ip_addr *address, bool away);
	/* Make the state durable; false: refuse the registration (130), nothing was promised. */
	bool (*save)(void *ctx, const uint8_t id[CLIENT_ID_LEN], const home_client_state *s);
} home_env;

typedef struct home_core home_core;
home_core *home_core_new(const home_conf *c, const home_env *env, const logger *log, dgramq *tx,
			 join *tun, err *e);
void home_core_free(home_core *h); /* lets go of every address; wipes keys */

/* Adds, or updates one of the same id; state may be NULL (new). Refused: SPI or address taken. */
bool home_core_client_put(home_core *h, const home_client_conf *c, const home_client_state *s,
			  err *e);
bool home_core_client_remove(home_core *h, const uint8_t id[CLIENT_ID_LEN]);
/* Every client known, registered or not; each() must not add or remove any. */
void home_core_each_client(const home_core *h, void (*each)(void *ctx, const home_client_conf *c),
			   void *ctx);
bool home_core_address_taken(const home_core *h, const ip_addr *a);

void home_core_datagram(home_core *h, core_time now, const dgram_in *d);
void home_core_packet(home_core *h, core_time now, uint8_t *in,
		      size_t n); /* from the TUN, virtio header first */
void home_core_tick(home_core *h, core_time now);
uint64_t home_core_due_ms(const home_core *h);

typedef struct home_binding_status {
	char nai[NAI_MAX + 1];
	ip_addr home4, home6;
	endpoint care_of; /* where packets go */
	bool nat, at_home;
	uint32_t lifetime_s; /* left */
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets;
	uint32_t handovers;
	esp_cipher cipher;
	uint16_t mtu; /* inner */
	int relay;    /* by relay i; -1: not by one */
	bool carrier; /* by a multiplexer */
} home_binding_status;
typedef struct home_relay_status {
	bool linked;      /* it is there and holds our KEY2 */
	bool told_all;    /* it knows every client */
	uint64_t refused; /* hellos under another key */
} home_relay_status;
typedef struct home_counters {
	uint64_t accepted, denied_unknown, denied_auth, denied_replay, denied_malformed,
		denied_policy;
	uint64_t esp_unknown_spi, esp_replay, esp_auth, spoofed_source, too_big, no_binding;
	uint64_t hints_sent, hints_held_back, clients;
} home_counters;
void home_core_each_binding(const home_core *h, core_time now,
			    void (*each)(void *ctx, const home_binding_status *s), void *ctx);
home_counters home_core_counters(const home_core *h);
/* home_conf's relays are others now: links are made anew, as after a restart. False: no memory. */
bool home_core_relays_changed(home_core *h);
home_relay_status home_core_relay(const home_core *h, unsigned i);

#endif
