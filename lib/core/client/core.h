/* SPDX-License-Identifier: MIT */
/* core.h - the roaming client as a machine without sockets: it keeps a path over each uplink, registers,
 * renews, moves, notices dead paths, finds the MTU, and carries packets between the TUN and home. Takes
 * datagrams, TUN packets, uplinks and time; queues datagrams on tx and inner packets on tun, both of which the
 * shell owns. Other effects go through client_env.
 *
 * Theory of operation. An uplink that can reach an address of an agent (home itself, or a relay) is a path, with
 * a socket of its own. One path is active: what the TUN hands out leaves there, and home sends to wherever the
 * newest packet came from. Echoes inside ESP measure paths: one that is marked CTL_STAY leaves home's idea of our
 * address alone, any other moves it. So a move is: choose a path, send an echo on it, and register in parallel;
 * the registration makes official what has happened already. It carries a key exchange when there is no
 * association or it is to be renewed. A new association is used for echoes first, and for data when one of them
 * was answered, since then home holds the keys for certain; both ends receive on the one before for another half a
 * minute.
 *
 * A relay carries nothing for a path that home has not admitted there, so over a relay's path a registration comes
 * first: an ordinary one on the active path (packets wait meanwhile), or a standby one, which leaves home's
 * binding alone, on a path that is to be examined or kept ready. A path by a multiplexer has a carrier, a tunnel
 * inside HTTP, which is open only while no better path works.
 *
 * Inside, each module owns one subject and calls only modules below it (lib/core/CMakeLists.txt lists them in that
 * order); what it finds out that a module above has to act on is an event (events.h), which core.c has handled
 * before an input returns. */
#ifndef HW_CORE_CLIENT_CORE_H
#define HW_CORE_CLIENT_CORE_H

#include "base/log.h"
#include "core/packet/dgram.h"
#include "core/packet/dgramq.h"
#include "core/reg/ident.h"
#include "core/packet/join.h"
#include "core/crypto/dh.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"
#include "core/packet/uplink.h"
#include "proto/agent_adv.h"

enum {
	CLIENT_HOMES = 8,
	CLIENT_RELAYS = REG_RELAYS,
	CLIENT_MUXES = 8,
	CLIENT_NETWORKS = 16,
	CLIENT_PATHS = 48,
	CLIENT_HINT = 280, /* octets of a carrier hint with its end */
	CLIENT_SOCK_BITS = 8,
};

typedef enum client_path_kind {
	PATH_DIRECT, /* UDP to home */
	PATH_RELAY,  /* UDP to a relay */
	PATH_HTTPS,  /* by a carrier, to whatever the multiplexer hands its datagrams to */
	PATH_HTTP,
	PATH_N_KINDS
} client_path_kind;
/* As in status --json: "direct", "relay", "https", "http". */
const char *client_path_kind_name(client_path_kind k);

typedef struct client_mux {             /* a multiplexer, as one kind of carrier reaches it */
	client_path_kind kind;          /* PATH_HTTPS or PATH_HTTP */
	char agent[RELAY_NAME_MAX + 1]; /* where its datagrams go: "home", or a relay's name */
} client_mux;

typedef struct client_conf { /* borrowed while the core lives */
	char nai[NAI_MAX + 1];
	uint8_t key0[KEY0_LEN];
	uint32_t spi; /* of the profile */
	ip_addr home4,
		home6; /* permanent; len 0: ask home for one of the families in want4, want6 */
	bool want4, want6;
	ip_prefix network4,
		network6; /* the home networks as the profile has them; len 0: learned */
	ip_addr home_lan; /* home server on the home link; len 0: learned */
	endpoint homes[CLIENT_HOMES]; /* home server, in order; names already resolved */
	unsigned n_homes;
	uint32_t lifetime_s; /* to ask for */
	sa_policy policy;
	reg_relay relays[CLIENT_RELAYS]; /* of the profile, in order; names already resolved */
	unsigned n_relays;
	client_mux muxes[CLIENT_MUXES]; /* in order */
	unsigned n_muxes;
	client_path_kind kinds[PATH_N_KINDS]; /* allowed, in order of preference */
	uint8_t n_kinds;
	/* A relay that advertises itself on a link is used there, before all others. */
	bool prefer_advertised;
	bool never_at_home; /* the home network is like any other: all goes through the tunnel there, too */
} client_conf;

typedef struct client_network { /* what worked where */
	ip_addr gateway;
	ip_prefix local; /* the network there */
	client_path_kind kind;
	char hint[CLIENT_HINT]; /* how a carrier got through, in its own format; "": not known */
} client_network;

typedef struct client_saved {            /* survives the process */
	uint32_t pseudonym;              /* the SPI to use next; 0: the profile's */
	ident_clock clock;               /* home's time by the monotonic clock; not known: zeros */
	reg_relay relays[CLIENT_RELAYS]; /* that home named */
	unsigned n_relays;
	client_network networks[CLIENT_NETWORKS]; /* where UDP did not do; the newest first */
	unsigned n_networks;
} client_saved;

typedef enum client_state {
	CLIENT_SEARCHING,
	CLIENT_REGISTERING,
	CLIENT_REGISTERED,
	CLIENT_HOME,
	CLIENT_DENIED,
	CLIENT_STOPPED,
	CLIENT_N_STATES
} client_state;
const char *client_state_name(client_state s); /* as status --json: "searching", ... */

typedef struct client_tunnel { /* what the TUN and the routes should be now */
	bool up;               /* registered away from home: routes lead into the tunnel */
	bool at_home; /* on the home link: the address stays reachable, routes avoid the tunnel */
	uint32_t home_ifindex; /* at home: that link */
	ip_addr home4, home6;
	ip_prefix network4, network6;
	uint16_t inner_mtu;
} client_tunnel;

typedef struct client_env {
	void *ctx;
	/* Opens a socket bound to the uplink's device and address, and names it: never 0, and its low
	 * CLIENT_SOCK_BITS bits differ from those of all that are open, so that a name is an index. False:
	 * not now. */
	bool (*path_open)(void *ctx, const uplink *u, uint32_t *sock);
	void (*path_close)(void *ctx, uint32_t sock);
	/* Begins to open a tunnel over that uplink to client_conf.muxes[mux], and gives it a name as
	 * path_open does; client_core_carrier_up() or _down() follow, never from inside this call. False: not now. */
	bool (*carrier_open)(void *ctx, const uplink *u, unsigned mux, uint32_t *sock);
	void (*tunnel)(void *ctx, const client_tunnel *t); /* it changed */
	void (*save)(void *ctx, const client_saved *s);
	/* Ask on that link for mobility agents (RFC 5944 2.2); NULL: never. */
	void (*solicit)(void *ctx, const uplink *u);
	/* At home by that uplink: what may mean that it leads elsewhere now (another hardware address of the home
	 * server there, home_lan, or of the gateway) is reported by client_core_home_doubt(). NULL: not any more. */
	void (*home_link)(void *ctx, const uplink *u, const ip_addr *home_lan);
	/* Report the next packet of this machine that leaves by that link, once, by client_core_home_packet();
	 * another call before that changes nothing. False, or NULL: it can't be, and home is asked unconditionally. */
	bool (*next_packet)(void *ctx, uint32_t ifindex);
	/* The state or its reason changed; reason: "", or why home denies. */
	void (*state)(void *ctx, client_state s, const char *reason);
} client_env;

typedef struct client_core client_core;
client_core *client_core_new(const client_conf *c, const client_saved *s, const client_env *env,
			     const logger *log, dgramq *tx, join *tun, err *e);
void client_core_free(client_core *c); /* wipes keys; sends nothing */

/* The full list, whenever anything changed. */
void client_core_uplinks(client_core *c, core_time now, const uplink *u, size_t n);
/* Names were resolved again. */
void client_core_homes(client_core *c, core_time now, const endpoint *homes, unsigned n);
void client_core_relays(client_core *c, core_time now, const reg_relay *relays, unsigned n);
/* How a tunnel that was asked for got through, remembered once its path works; text that does not fit
 * CLIENT_HINT is not. */
void client_core_carrier_hint(client_core *c, uint32_t sock, const char *hint);
/* The hint of a tunnel of that multiplexer's kind over that uplink's network; "": not known. */
const char *client_core_known_hint(const client_core *c, const uplink *u, unsigned mux);
/* A tunnel that was asked for is up; remote: the other end of its connection. */
void client_core_carrier_up(client_core *c, core_time now, uint32_t sock, const endpoint *remote);
/* It can't be opened or is lost; the core forgets the name. portal: a captive portal answers instead: the next
 * attempt is soon, since a person may be logging in. */
void client_core_carrier_down(client_core *c, core_time now, uint32_t sock, bool portal);
/* An agent advertisement was heard on a link, from that address. */
void client_core_agent(client_core *c, core_time now, uint32_t ifindex, const ip_addr *from,
		       const agent_adv *a);
void client_core_datagram(client_core *c, core_time now, const dgram_in *d);
/* From the TUN, virtio header first. */
void client_core_packet(client_core *c, core_time now, uint8_t *in, size_t n);
/* False: no path can take packets for the moment (between two networks): leave them in the TUN's
 * queue. */
bool client_core_wants_packets(const client_core *c, core_time now);
/* At home: the link may lead elsewhere. Harmless where it is not so, or not at home. */
void client_core_home_doubt(client_core *c, core_time now);
void client_core_home_packet(client_core *c, core_time now); /* client_env.next_packet */
void client_core_send_failed(client_core *c, core_time now, uint32_t sock, int errno_value);
void client_core_roam(client_core *c, core_time now); /* look at all paths again now */
/* Deregister; CLIENT_STOPPED when answered or given up. */
void client_core_stop(client_core *c, core_time now);
void client_core_tick(client_core *c, core_time now);
uint64_t client_core_next_timer_ms(const client_core *c); /* 0: now; UINT64_MAX: no timer */

typedef struct client_path_status {
	char uplink[UPLINK_NAME];
	client_path_kind kind;
	char agent[RELAY_NAME_MAX +
		   1]; /* "home", or the relay's name (its address while unknown) */
	ip_addr local;
	endpoint remote;
	bool active, answering, nat;
	uint32_t sock; /* as path_open or carrier_open named it; 0: a carrier that is not open */
	double rtt_ms; /* negative: not known */
	uint16_t mtu;  /* outer UDP payload that passes; 0: not known */
} client_path_status;
typedef struct client_status {
	client_state state;
	char reason[128];
	ip_addr home4, home6;
	uint32_t lifetime_s, handovers;
	/* From losing or choosing to leave the old path to the first packet back on the new one. */
	double last_handover_ms;
	uint64_t tx_bytes, rx_bytes, tx_packets, rx_packets;
	uint64_t drop_replay, drop_auth, drop_too_big, drop_no_path, drop_source;
	bool has_sa;
	uint32_t spi_in, spi_out, sa_age_s;
	esp_cipher cipher;
	uint16_t inner_mtu;
} client_status;
void client_core_status(const client_core *c, core_time now, client_status *out);
size_t client_core_paths(const client_core *c, core_time now, client_path_status *out, size_t max);

#endif
