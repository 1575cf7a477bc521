/* SPDX-License-Identifier: MIT */
/* world.h - a client and its home in memory, on virtual time, with a network between them that
 * loses, delays, reorders, limits and translates as its settings say.
 *
 *	LAN host -- home core -- [the internet] -- site (NAT or not) -- client core
 *	                    \\-- relay core --/
 *
 * Relays, where a test wants them, are at 203.0.113.10, .11 and reach home by IP-in-IP alone. A
 * multiplexer is at 203.0.113.20: a carrier to it loses nothing and costs three round trips to open.
 * The client has uplinks in sites; a packet from it leaves by the site of its socket, and home
 * sees it from the site's public address. Numbered inner packets travel both ways and are
 * accounted for. */
#ifndef HW_SIM_WORLD_H
#define HW_SIM_WORLD_H

#include "../unit/unit.h"
#include "core/client/core.h"
#include "core/home/core.h"
#include "core/relay/core.h"
#include "proto/ctl.h"
#include "proto/esp_hdr.h"

enum {
	SIM_RELAYS = 2,
	SITES = 8,
	SIM_SOCKS = 64,
	NUMBERS = 200000,
	HOME_LAN_IFINDEX = 9,
	SIM_LIFETIME_S = 600,
	SIM_STUCK_TICKS = 10,
	SIM_TICKS_PER_S = 500, /* of one core; a timer that is always 1 ms ahead has 1,000 */
	SIM_SAVES = 64,
};

typedef struct sim_save { /* home's state of the client, on its way to the disk */
	uint64_t number, at_us;
	home_client_state state;
} sim_save;

/* A core's timer: ticks in a row after which it was not in the future, and all ticks of a second. */
typedef struct sim_timer {
	unsigned in_a_row, in_second;
	uint64_t second;
} sim_timer;

typedef struct site {
	ip_addr local; /* the client's address there */
	uint8_t bits;
	ip_addr gateway;
	ip_addr seen;      /* as home sees it; len 0: no NAT */
	uint16_t nat_port; /* first port of the NAT's mappings; change it: all mappings are new */
	uint32_t metric, mtu;
	uint32_t delay_us, jitter_us; /* one way */
	unsigned loss_up, loss_down;  /* per mille */
	uint32_t narrow;              /* IP packets longer than this vanish; 0: none do */
	bool only_434;                /* a firewall that passes no other port of home's */
	bool black;                   /* swallows everything */
	bool no_udp;                  /* drops it silently */
	bool no_https, no_http;       /* drops those silently; else they take three round trips */
	bool portal;                  /* answers HTTP and HTTPS itself */
	bool plugged;                 /* the client has an uplink there */
	bool home_link;               /* its router is home's LAN */
} site;

typedef struct flow { /* one direction of numbered packets */
	uint32_t every_us, size;
	uint64_t next_us;
	uint32_t next, base; /* number of the next; of the account's first */
	uint32_t sent, received, duplicated, reordered, newest;
	uint64_t last_us, gap_us, gap_from_us; /* longest time without a new packet */
	uint8_t seen[NUMBERS];
} flow;

typedef struct sim_relay {
	relay_conf conf;
	relay_core *core; /* NULL: it is down */
	dgramq out, in;
	endpoint at;       /* for clients */
	uint32_t delay_us; /* to home, one way */
	unsigned loss;     /* between it and home, each way, per mille */
	bool cut;          /* nothing passes between it and home */
	int64_t clock_s;   /* how wrong its clock is */
	uint64_t inwards;  /* packets that went home by it */
	sim_timer timer;
} sim_relay;

typedef struct packet packet;
typedef struct world world;
typedef enum { TO_HOME, TO_CLIENT, TO_RELAY, RELAY_TO_HOME, HOME_TO_RELAY } direction;
/* Sees every datagram of the client, and for it, before it travels; false: drop it. May change p, or keep
 * a copy. By a relay that is: between the client and the relay. */
typedef bool watcher(world *w, direction to, uint8_t *p, size_t n);

struct world {
	uint64_t us;
	int64_t client_clock_s; /* how wrong the client's clock is */
	uint64_t seed;
	client_core *client;
	home_core *home;
	client_conf cconf;
	client_env env;
	home_conf hconf;
	home_client_conf account;
	home_client_state saved_home;
	bool has_saved_home;
	uint64_t save_us;          /* how long home's disk takes */
	bool save_fails;           /* it is full */
	sim_save saves[SIM_SAVES]; /* in order */
	unsigned n_saves;
	unsigned remembered; /* places written that no registration brought */
	client_saved saved_client;
	logger log;
	dgramq ctx, htx;
	join ctun, htun;
	site sites[SITES];
	sim_relay relays[SIM_RELAYS];
	unsigned n_relays;
	bool direct_black; /* a firewall before home's public address */
	struct {
		int site;        /* -1: closed */
		uint32_t opened; /* a count, by which mappings differ */
		unsigned mux;    /* of a carrier: 1 + its index in cconf.muxes; 0: UDP */
		bool up;
		uint64_t at_us; /* a carrier comes up then, or fails */
	} socks[SIM_SOCKS];
	uint32_t n_socks;
	unsigned carriers; /* that were opened, ever */
	packet *flying;    /* by time */
	watcher *watch;
	void *watch_ctx;
	client_state state;
	char reason[128];
	client_tunnel tunnel;
	uint32_t
		watched; /* the core is told of the next packet that leaves by that link; 0: of none */
	uint32_t home_link;  /* the core wants to know of neighbours on it; 0: of none */
	bool packets_unseen; /* the system can't report packets */
	uint64_t clear,
		leaked; /* packets that left in the clear at home, and those of them that did not arrive at home */
	uint64_t leaked_us; /* the last of these */
	flow up, down;
	uint64_t sent_up, sent_down, sent_up_bytes; /* datagrams */
	sim_timer client_timer, home_timer;
	uint64_t client_ticks;            /* wake-ups by its timer */
	uint64_t registrations, accepted; /* requests that left the client; code 0 replies */
	bool attracted;
};

/* adjust: configuration and relays before anything starts; NULL: as it is. */
world *world_with(void (*adjust)(world *w));
void world_add_relay(world *w); /* in adjust(): home knows one more, the profile doesn't */
void world_profile_relays(world *w, bool by_name); /* in adjust(): the profile knows them all */
/* For adjust(): a relay of the profile's; beside a direct path, before it, or without it. */
void world_one_relay(world *w);
void world_relay_first(world *w);
void world_relay_alone(world *w);
void world_start_relay(world *w, unsigned i);
void world_stop_relay(world *w, unsigned i); /* forgets everything */
client_path_kind world_kind(world *w);       /* of the path in use */
bool world_until_kind(world *w, client_path_kind k, uint64_t ms);
relay_status world_relay(const world *w, unsigned i);
void world_profile_mux(world *w, client_path_kind k, const char *agent); /* in adjust() */
void world_cut_carriers(world *w); /* every connection is reset */
bool world_carriers_open(const world *w);
bool world_by_carrier(world *w);              /* what home thinks */
world *world_ready(void (*adjust)(world *w)); /* a world whose relays have met home */
world *world_new(void); /* site 0 to 3: open, cafe (NAT), airport (NAT), home; 20 ms one way */
void world_free(world *w);
void world_plug(world *w, int i); /* at site i; the client is notified of its uplinks at once */
void world_unplug(world *w, int i);
void world_move(world *w, int from, int to); /* in one instant */
void world_run(world *w, uint64_t ms);
/* Until the client is in that state; false: not within ms. */
bool world_until(world *w, client_state s, uint64_t ms);
void world_up(world *w, int i);    /* plug in and get registered; fails the test otherwise */
void world_restart_home(world *w); /* loses associations and bindings, not what was saved */
void world_traffic(world *w, uint32_t every_us, uint32_t size); /* both ways; 0: none */
void world_account(world *w);                                   /* starts counting again */
uint32_t lost(const flow *f);
client_status world_status(world *w);
home_counters world_home(world *w);
unsigned world_random(world *w, unsigned n); /* 0..n-1, the same in each run */

/* Between the files of the world. */
core_time world_client_time(const world *w);
core_time world_home_time(const world *w);
core_time world_time(uint64_t us, int64_t wrong_s);
uint64_t world_ms_to_us(uint64_t at_ms);
core_time world_relay_time(const world *w, unsigned i);
/* After a tick: a timer that is never in the future fails the test. */
bool sim_timer_is_stuck(sim_timer *t, uint64_t next_ms, uint64_t now_ms);
void world_ticked(sim_timer *t, const char *whose, uint64_t next_ms, uint64_t now_ms);
void world_start_relays(world *w);
void world_tick_relays(world *w);
bool world_carrier_open(void *ctx, const uplink *u, unsigned mux, uint32_t *sock);
bool world_open_sock(world *w, const uplink *u, unsigned mux, uint32_t *sock);
void world_tick_carriers(world *w);
uint64_t world_carriers_next_timer_us(const world *w);
endpoint world_mux_at(const world *w, uint32_t sock); /* where the client's end of it leads */
endpoint world_mux_out(uint32_t sock);                /* and what its target sees */
uint64_t world_relays_next_timer_us(const world *w);
/* Of home_env; ctx is the world. */
void world_request_save(void *ctx, uint64_t number, const home_request *r);
void world_remember_place(void *ctx, const uint8_t client[CLIENT_ID_LEN],
			  const home_client_state *state);
void world_complete_saves(world *w); /* those that are on the disk by now */
void world_free_relays(world *w);
void world_collect(world *w); /* what the cores queued goes on its way */
uint64_t world_next_us(const world *w);
void world_deliver(world *w); /* datagrams whose time has come */
void world_net_free(world *w);
/* Forged ones. */
void world_send_to_home(world *w, const endpoint *from, const endpoint *to, const uint8_t *p,
			size_t n);
void world_send_to_client(world *w, uint32_t sock, const uint8_t *p, size_t n);
uint64_t traffic_next_us(const world *w);
void traffic_send(world *w);
void world_follow_home_link(void *ctx, const uplink *u, const ip_addr *home_lan);
bool world_next_packet(void *ctx, uint32_t ifindex);
void traffic_received(world *w, flow *f, join *j);

#endif
