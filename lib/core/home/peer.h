/* SPDX-License-Identifier: MIT */
/* peer.h - the clients that home serves. A peer is an identity with its addresses and policy; how it proves itself
 * (credential.h), its associations (core/sa/set.h), its bindings (binding.h), its registrations under way (txn.h)
 * and what relays hear of it (change.h) lie inside it, each written by its own module alone. */
#ifndef HW_CORE_HOME_PEER_H
#define HW_CORE_HOME_PEER_H

#include "core/home/addresses.h"
#include "core/home/binding.h"
#include "core/home/change.h"
#include "core/home/credential.h"
#include "core/home/txn.h"
#include "core/sa/set.h"

typedef struct home_presence_state { /* presence.c's */
	timer_entry timer;
	bool attracted4, attracted6;
} home_presence_state;

typedef struct home_moved { /* places.c's */
	struct home_peer *next;
	bool is_listed;
} home_moved;

typedef struct home_traffic {
	uint64_t packets, octets;
} home_traffic;

typedef struct home_peer home_peer;
struct home_peer {
	home_peer *prev, *next;
	uint8_t id[CLIENT_ID_LEN];
	char *nai;              /* owned; most are far shorter than NAI_MAX */
	ip_addr home4, home6;   /* configured; len 0: leased */
	ip_addr lease4, lease6; /* len 0: none yet */
	uint64_t expires_unix_s;
	home_credential credential;
	sa_set sas;
	home_bindings bindings;
	home_txn_queue txns;
	home_change change;
	home_presence_state presence;
	home_place place; /* what is durable of where it is, or on its way to be */
	home_moved moved;
	struct home_notice *notice; /* notices.c's; NULL: it need not hear of a restart */
	home_traffic rx, tx;        /* inbound.c's, outbound.c's */
};

typedef struct home_peers {
	home_peer *first;
	uint64_t n;
	map *by_id;
	home_credentials credentials;
	home_addresses addresses;
	sa_store *sas;
} home_peers;
bool home_peers_open(home_peers *all); /* false: no memory or no randomness */
void home_peers_close(home_peers *all);

home_peer *home_peers_find(const home_peers *all, const uint8_t id[CLIENT_ID_LEN]);
home_peer *home_peer_of(const sa_set *set); /* NULL: it is not a peer's, but a relay's link, say */
/* NULL: see *e. */
home_peer *home_peers_add(home_peers *all, const home_client_conf *conf, const home_client_state *s,
			  err *e);
/* False: an SPI or address is another's; all is as before. */
bool home_peer_update(home_peers *all, home_peer *p, const home_client_conf *conf, err *e);
/* It has no binding, no transaction, no timer any more. */
void home_peer_remove(home_peers *all, home_peer *p);
bool home_peer_is_of(const home_peer *p, const home_client_conf *conf); /* nothing differs */
/* What was agreed under another identity, key or address is void. */
bool home_peer_keeps_agreement(const home_peer *p, const home_client_conf *conf);

const ip_addr *home_peer_address4(const home_peer *p); /* configured or leased; len 0: none */
const ip_addr *home_peer_address6(const home_peer *p);
home_client_state home_peer_state(const home_peer *p);

/* The address is its own from now on. False: it is another's, or no memory. */
bool home_peer_lease(home_peers *all, home_peer *p, const ip_addr *a);
/* While a state is made durable, nobody else gets the pseudonym in it. False: no memory. */
bool home_peer_reserve(home_peers *all, home_peer *p, const home_client_state *next);
void home_peer_release(home_peers *all, home_peer *p);
/* The state that was reserved is durable. Can't fail. */
void home_peer_adopt(home_peers *all, home_peer *p, const home_client_state *durable);

#endif
