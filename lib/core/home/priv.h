/* SPDX-License-Identifier: MIT */
/* priv.h - what the files of the home agent share. Nobody else includes it.
 *
 * Theory of operation. A client is known by its configuration; it is registered while it has a binding.
 * A registration passes in three steps: register.c authenticates it, decide.c says yes or
 * why not, accept.c makes it durable, commits it and answers; nothing changes before the state
 * is saved. Associations come in pairs (sa.c): an accepted one can be received on at once and is
 * sent on from the first packet that authenticates on it (row V3); what it replaces stays receivable
 * for a while. A binding says where packets go (bind.c); it follows the newest packet of the
 * association in use. esp.c carries packets inwards, forward.c outwards.
 *
 * A registration by a relay takes the same three steps and one check more (relay.c). Relays
 * themselves have a link with home (link.c), over which they are told who may register
 * (admit.c). */
#ifndef HW_CORE_HOME_PRIV_H
#define HW_CORE_HOME_PRIV_H

#include "base/map.h"
#include "base/timerq.h"
#include "core/home/core.h"
#include "core/reg/link.h"
#include "proto/ctl.h"
#include "proto/icmp_error.h"
#include <stddef.h>

enum {
	HOME_MAX_PENDING = 4,   /* associations a client may have that it has not used yet */
	HOME_MAX_OLD = 4,       /* and such as it has replaced */
	HOME_OLD_SA_MS = 30000, /* how long a replaced association is received on */
	HOME_SA_GRACE_MS =
		10000, /* after its lifetime: packets under way, a client that counts later */
	HOME_ICMP_RING = 8,
	HOME_ANSWERS_PER_S = 200,
	HOME_ANSWERS_BURST = 400, /* to strangers, all together */
	HOME_STALE_PER_S = 1000,
	HOME_STALE_BURST = 1000, /* requests that can't be fresh and are looked into all the same */
	HOME_STALE_OF_CLIENT_PER_S = 100,
	HOME_STALE_OF_CLIENT_BURST = 100, /* of them under one client's SPI */
	HOME_GRANTS_PER_S = 50,
	HOME_GRANTS_BURST =
		200, /* registrations of one client: over all its paths at once, and again */
	HOME_HINTS_PER_S = 50,
	HOME_HINTS_BURST = 50,
	HOME_RESYNCS_PER_S = 10,
	HOME_RESYNCS_BURST = 20, /* 133s to one client */
	HOME_LOG_PER_S = 2,
	HOME_LOG_BURST = 20,
};

typedef struct home_client home_client;

typedef struct
	home_change { /* a client's place in the order of changes, or the note of a removed one */
	struct home_change *prev, *next, *next_note;
	uint64_t version; /* 0: not in the list */
	uint64_t handle;  /* the client's name towards relays */
	bool removed;
} home_change;

typedef struct home_candidate { /* what a hello made, until it is used */
	sa_pair *sa;
	uint64_t time; /* the hello's; stays */
	uint8_t nonce[LINK_NONCE_LEN];
	uint8_t welcome[LINK_HELLO_LEN];
} home_candidate;
enum { HOME_CANDIDATES = 2 }; /* of the latest hello by its time; of the last one of the others */

typedef struct home_relay {
	key2_set key2;
	sa_pair *sa; /* NULL: none */
	home_candidate candidates[HOME_CANDIDATES];
	dgram_route route; /* to the relay itself */
	bool linked, told_all, told_wrong;
	bool begun; /* the first message of the list is sent */
	uint64_t heard_ms, refused;
	uint64_t acked, sent; /* versions */
	home_change *cursor;  /* what to tell next; NULL: it knows all, or isn't there */
	unsigned in_flight;
	uint64_t resend_ms;
	rate_limit refusals;
} home_relay;

typedef enum sa_phase { SA_PENDING, SA_SENDING, SA_OLD } sa_phase;
typedef struct home_sa {      /* both directions of one association */
	struct home_sa *next; /* of the same client, newest first */
	home_client *client;
	esp_sa *in, *out;
	uint32_t spi_in, spi_out;
	esp_cipher cipher;
	sa_phase phase;
	uint64_t ends_ms;
	uint32_t lifetime_s;
} home_sa;

typedef struct home_binding {
	ip_addr care_of;   /* as registered */
	dgram_route route; /* where its packets come from and go to */
	bool nat;
	bool carrier;      /* by a multiplexer, said the client */
	uint16_t path_mtu; /* UDP payload octets, told by the client; 0: not yet */
	uint64_t expires_ms, heard_ms;
} home_binding;

struct home_client {
	home_client *prev, *next;
	home_change change;
	home_client_conf conf;
	home_client_state state;
	key0_set keys;
	timer_entry timer;
	home_binding bindings[HOME_MAX_BINDINGS]; /* the latest registered first */
	uint8_t n_bindings;
	bool at_home, attracted4, attracted6;
	home_sa *sas;
	home_sa *sending; /* NULL: none confirmed yet; the newest is used */
	rate_limit resyncs, stale, grants;
	uint32_t handovers;
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets;
};

struct home_core {
	const home_conf *conf;
	home_env env;
	const logger *log;
	dgramq *tx;
	join *tun;
	home_client *clients;
	map *by_id, *by_pseudonym, *by_address; /* home_client */
	map *by_spi;                            /* home_sa */
	timerq timers;
	uint32_t n_registered;
	rate_limit answers, stale, hints, log_clients, log_strangers;
	home_counters count;
	uint64_t lease_cursor4, lease_cursor6; /* the host part to try next */
	home_relay relays[HOME_RELAYS];
	home_change *first_change, *last_change, *first_note, *last_note;
	uint64_t version;   /* of the last change */
	bool relays_behind; /* something may have to be told */
	uint32_t n_icmp;
	uint8_t icmp[HOME_ICMP_RING][ICMP_ERROR_MAX];
};

/* client.c */
bool home_random(void *out, size_t n);
const ip_addr *home_address4(const home_client *c); /* configured or leased; len 0: none */
const ip_addr *home_address6(const home_client *c);
home_client *home_client_at(const home_core *h, const ip_addr *a);
uint32_t home_pick_pseudonym(const home_core *h); /* 0: no randomness */
/* Replaces the durable state and what can be found by it; false: no memory, all as it was. */
bool home_client_adopt(home_core *h, home_client *c, const home_client_state *s);

/* sa.c */
home_sa *home_sa_new(home_client *c, const sa_key_input *in, uint32_t lifetime_s, uint64_t now_ms);
uint32_t home_pick_spi(const home_core *h); /* 0: no randomness */
bool home_sa_install(home_core *h, home_sa *sa);
void home_sa_free(home_sa *sa); /* not installed */
void home_sa_drop_all(home_core *h, home_client *c);
void home_sa_confirm(home_core *h, home_sa *sa, uint64_t now_ms); /* a packet authenticated on it */
void home_sa_reap(home_core *h, home_client *c, uint64_t now_ms);
home_sa *home_sa_for_sending(const home_client *c);

/* bind.c */
void home_bind_set(home_core *h, home_client *c, const home_binding *b, bool keep_others);
void home_bind_drop(home_core *h, home_client *c, const ip_addr *care_of); /* NULL: all */
home_binding *home_bind_find(home_client *c, const ip_addr *care_of);
void home_bind_heard(home_core *h, home_client *c, core_time now, const dgram_in *d, bool may_move);
home_binding *home_bind_from(home_client *c,
			     const dgram_in *d); /* the binding d came from, or NULL */
void home_bind_schedule(home_core *h, home_client *c);
void home_bind_due(home_core *h, home_client *c, uint64_t now_ms);
void home_bind_came_home(home_core *h, home_client *c);
void home_attract(home_core *h, home_client *c, bool away);
uint16_t home_inner_mtu(const home_core *h, const home_client *c); /* longest packet to send now */
uint16_t home_clamp_mtu(const home_core *h, const home_client *c); /* what TCP is told */

/* lease.c */
bool home_lease(home_core *h, const ip_prefix *network, uint64_t *cursor, ip_addr *out);

/* register.c, decide.c, accept.c */
typedef struct home_case { /* one authenticated request on its way */
	core_time now;
	const dgram_in *d;
	const reg_scan *scan;
	home_client *c;
	reg_request q;
	home_client_state next; /* what will be saved */
	sa_choice choice;
	home_sa *sa; /* made, not yet installed; NULL: the present one goes on */
	uint8_t home_nonce[NONCE_LEN];
	dh *dh;
	uint32_t lifetime_s;
	reg_reply r; /* a refusal's code and notify, or the grant */
} home_case;
typedef bool home_check(home_core *h, home_case *k); /* false: k->r says why */

void home_register(home_core *h, core_time now, const dgram_in *d);
void home_answer(home_core *h, const dgram_in *d, const uint8_t *p, size_t n);
bool home_refuse(home_case *k, uint8_t code, uint16_t notify, uint32_t data); /* false */
bool home_decide(home_core *h, home_case *k);
bool home_negotiate(home_core *h, home_case *k);
bool home_accept(home_core *h, home_case *k);
uint32_t home_sa_left_s(const home_client *c, uint64_t now_ms); /* of the association in use */

/* relay.c */
bool home_relays_open(home_core *h);
home_relay *home_relay_of(home_core *h, uint32_t sock);         /* NULL: not by a relay */
const char *home_relay_name(const home_core *h, uint32_t sock); /* NULL: directly */
bool home_relay_vouches(home_core *h, home_case *k);
bool home_make_key3(home_core *h, home_case *k); /* where a relay needs one; false: no randomness */
size_t home_sign_for_relay(home_core *h, const home_case *k, uint8_t msg[MIP_MAX_MESSAGE],
			   size_t n); /* the new length; 0: it failed */
void home_tell_relays(const home_core *h, reg_reply *r);

/* link.c */
void home_relays_close(home_core *h);
void home_links_drop(home_core *h); /* they say hello again, and hear everything anew */
bool home_link_datagram(home_core *h, core_time now, home_relay *r,
			const dgram_in *d); /* false: not of this link */
void home_links_tick(home_core *h, core_time now);
uint64_t home_links_due(const home_core *h);

/* admit.c */
void home_changed(home_core *h, home_client *c);
void home_change_gone(home_core *h, home_client *c);
void home_changes_forget(home_core *h);
void home_admit_start(home_core *h, home_relay *r);
void home_admit_acked(home_core *h, core_time now, home_relay *r, uint64_t version);
void home_admit_push(home_core *h, core_time now);

/* esp.c, forward.c */
void home_esp(home_core *h, core_time now, const dgram_in *d);

#endif
