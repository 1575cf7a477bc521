/* SPDX-License-Identifier: MIT */
/* conf.h - what a home agent is configured with, what it is given of a client, and what of a client has to survive a
 * crash. */
#ifndef HW_CORE_HOME_CONF_H
#define HW_CORE_HOME_CONF_H

#include "core/reg/message.h"
#include "core/sa/negotiate.h"

enum { HOME_ADDRESSES = 16, HOME_MAX_BINDINGS = 4, CLIENT_ID_LEN = 16, HOME_RELAYS = 8 };

/* A relay that is admitted; relay i's datagrams have sock DGRAM_RELAY + i. */
typedef struct home_relay_conf {
	char name[RELAY_NAME_MAX + 1];
	ip_addr address; /* IPv4: where its IP-in-IP comes from; the shell passes nothing else */
	uint8_t key2[KEY2_LEN];
	endpoint at; /* where clients reach it, for replies; addr.len 0: not in replies */
} home_relay_conf;

typedef struct home_conf {            /* borrowed while the core lives */
	ip_prefix network4, network6; /* addr.len 0: none */
	ip_addr home_lan4, home_lan6; /* this server on the home link; len 0: no home link */
	uint32_t lan_ifindex;         /* 0: no home link */
	/* What a request may name as home agent: own addresses and public ones. */
	ip_addr agents[HOME_ADDRESSES];
	unsigned n_agents;
	bool has_unknown_agents; /* there are more, which are not known (yet) */
	/* Never leased: ours, the LAN gateway's, ... */
	ip_addr reserved[HOME_ADDRESSES];
	unsigned n_reserved;
	uint64_t lease_first, lease_last; /* IPv4 host parts to lease; 0, 0: the whole network */
	uint32_t lifetime_max_s, lifetime_min_s; /* of a registration: granted within */
	uint16_t keepalive_s;                    /* for clients behind a NAT */
	uint32_t max_clients;
	uint16_t link_mtu; /* of our link to the internet */
	sa_policy policy;
	home_relay_conf relays[HOME_RELAYS];
	unsigned n_relays;
	/* For debugging: who can't prove a key, or sends what was recorded, gets refusals and hints all the same. */
	bool answers_strangers;
	/* Of clients whose key home does not hold (authority.h); NULL: it serves none. */
	const struct home_authority *authority;
} home_conf;

typedef struct home_client_conf {  /* a client's account in the registry; copied */
	uint8_t id[CLIENT_ID_LEN]; /* random, names its state on disk */
	char nai[NAI_MAX + 1];
	uint8_t key0[KEY0_LEN];
	auth_algorithm auth;
	uint32_t spi; /* the profile's own SPI: always good for a client that lost its state */
	ip_addr home4, home6; /* len 0: assigned dynamically from the network, where there is one */
	uint64_t expires_unix_s; /* 0: never */
} home_client_conf;

typedef struct
	home_place { /* where a client can be reached, for when home is started again (notices.h) */
	endpoint to; /* addr.len 0: nowhere: it is at home, has left, or has never been away */
	ip_addr from; /* our address that it talks to; len 0: the socket's choice */
	uint32_t
		sock; /* the shell's number of the socket; DGRAM_RELAY: by the relay whose address `to` has */
	uint32_t until_s; /* the end of its registration, in NTP's seconds */
} home_place;

typedef struct home_client_state {    /* durable before the reply leaves */
	uint64_t last_id;             /* highest identification accepted: the replay window */
	uint32_t spi_now, spi_before; /* pseudonyms */
	ip_addr lease4, lease6;       /* dynamic home address */
	home_place
		place; /* as of the registration, or of a move that is some seconds old (places.h) */
} home_client_state;

#endif
