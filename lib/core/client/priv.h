/* SPDX-License-Identifier: MIT */
/* priv.h - the client's machine from inside; included by client_*.c alone.
 *
 * Theory of operation. An uplink (a link with an address) that can reach an address of the home
 * server is a path, with a socket of its own. One path is active: what the TUN hands out leaves
 * there, and home sends to wherever the newest packet came from. Echoes inside ESP measure paths:
 * one that is marked CTL_STAY leaves home's idea of our address alone, any other moves it. So a
 * move is: choose a path, send on it, and register in parallel; the registration only makes
 * official what has happened already. A registration carries a key exchange when there is no
 * association or it is to be renewed. What a new association is used for first is an echo; data
 * follows when that echo is answered, since then home holds the keys for sure; until then data
 * uses the one before, which both keep for half a minute.
 *
 * A path leads to an agent: home itself, or a relay. A relay carries nothing for a path that home
 * has not admitted there, so over a relay's path a registration comes first: the ordinary one when it
 * is the active path (packets wait meanwhile), or a standby one, which leaves home's binding alone,
 * when it is only to be examined or kept ready. All else is the same for both kinds.
 *
 * Or it leads to an agent by a multiplexer: then it has a carrier, a tunnel inside HTTP that is opened
 * only while nothing better answers. A path whose carrier is not up is not usable; all else is as ever.
 *
 * One owner for each piece of state: paths in paths.c, agents in agents.c, what
 * concerns relays in relay.c, carriers in carrier.c, registration in register.c, associations in sa.c,
 * echoes in echo.c; the others ask. */
#ifndef HW_CORE_CLIENT_PRIV_H
#define HW_CORE_CLIENT_PRIV_H

#include "core/client/path.h"
#include "core/sa/esp_sa.h"
#include "core/reg/relay.h"
#include "proto/ctl.h"
#include "proto/icmp_error.h"

#define CLIENT_COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	CLIENT_SAS = 4,     /* in use, waiting for confirmation, and two that may still be heard */
	CLIENT_ASKED = 16,  /* requests whose reply is awaited: the last rounds of an attempt */
	CLIENT_ECHOES = 64, /* power of two */
	CLIENT_ICMP_BUFS = 16,
	CLIENT_RTT_GUESS_MS = 250, /* before anything was measured */
	CLIENT_ADVERTISED = 2,     /* relays that advertise themselves, at a time */
	CLIENT_FIRST_MUX = 1 + CLIENT_RELAYS + CLIENT_ADVERTISED,
	CLIENT_AGENTS = CLIENT_FIRST_MUX + CLIENT_MUXES,
};

typedef struct client_sa {
	esp_sa *in, *out; /* NULL: empty slot */
	uint32_t spi_in, spi_out;
	esp_cipher cipher;
	uint64_t born_ms, renew_ms, dies_ms;
	uint64_t retire_ms; /* NEVER: in use */
} client_sa;

typedef enum asked_kind { ASKED_REGISTER, ASKED_LEAVE, ASKED_HOME, ASKED_STANDBY } asked_kind;
typedef struct client_asked {
	uint64_t id; /* 0: empty */
	uint64_t sent_ms, sent_us;
	uint32_t spi; /* where we offered to receive; 0: no association was asked for */
	uint16_t path, group;
	endpoint to;
	asked_kind kind;
	reg_key3 key3; /* authenticated it to the relay; spi 0: nothing did */
} client_asked;

typedef struct client_echo {
	uint32_t id;              /* 0: empty */
	uint16_t path, size, mtu; /* mtu: what it told home */
	uint64_t sent_ms;
} client_echo;

typedef enum reg_state {
	REG_IDLE,    /* nothing asked: no path yet */
	REG_ASKING,  /* requests are out */
	REG_HELD,    /* granted; the timer is the renewal */
	REG_REFUSED, /* home says no; asked again, slowly */
	REG_HOME,    /* on the home link, deregistered */
	REG_LEAVING, /* deregistering for good */
	REG_GONE,
	REG_N_STATES
} reg_state;

typedef struct client_reg {
	reg_state state;
	uint64_t timer_ms;
	uint32_t gap_ms;
	uint64_t began_ms;                  /* this attempt */
	unsigned round;                     /* of requests in this attempt */
	unsigned at_once;                   /* resends without waiting in this attempt; bounded */
	unsigned doubts;                    /* refusals in a row that nobody authenticated */
	bool everywhere;                    /* over all paths, not the active one alone */
	bool plain_spi;                     /* the pseudonym isn't known there: use the profile's */
	uint64_t accepted_id, pseudonym_id; /* of the requests that brought what we have */
	uint64_t until_ms;                  /* end of the binding; NEVER: none */
	uint32_t lifetime_s;
	dh *dh;
	uint16_t group;
	uint8_t nonce[NONCE_LEN];
	uint64_t
		dh_until_ms; /* NEVER, or the end of waiting for late replies of a finished attempt */
	client_asked asked[CLIENT_ASKED];
	unsigned asked_at;
	uint64_t hint_ms; /* the next hint may be believed then */
	uint32_t hint_gap_ms;
	char reason[128];
} client_reg;

struct client_core {
	const client_conf *conf;
	const client_env *env;
	const logger *log;
	dgramq *tx;
	join *tun;
	key0_set keys;
	ident_clock ident;
	client_saved saved;

	endpoint homes[CLIENT_HOMES];
	unsigned n_homes;
	ip_addr home4, home6, home_lan;
	ip_prefix network4, network6;

	uplink uplinks[UPLINK_MAX]; /* as last told */
	size_t n_uplinks;
	client_path paths[CLIENT_PATHS];
	reg_relay relays[CLIENT_RELAYS]; /* of the profile, as last resolved */
	unsigned n_relays;
	client_agent agents[CLIENT_AGENTS];
	uint8_t last_agent;     /* the one that answered last */
	client_path *active;    /* NULL: none */
	uint64_t used_ms;       /* since when it is */
	client_path *home_path; /* REG_HOME: the home link */
	uint16_t last_name;
	uint64_t lost_ms;     /* nothing can be sent since; NEVER: it can */
	uint64_t spare_ms;    /* uplinks without a route are tried from then on; NEVER: no need */
	endpoint last_remote; /* that answered */
	uint32_t last_rtt_us;

	client_reg reg;
	client_sa sas[CLIENT_SAS];
	client_sa *cur, *next; /* data leaves by cur; next waits for its confirmation */
	bool doubted;          /* home may have lost cur */
	uint64_t confirm_ms;
	uint32_t confirm_gap_ms;
	unsigned confirm_n;

	client_echo echoes[CLIENT_ECHOES];
	uint32_t last_echo;

	client_state told_state;
	char told_reason[128];
	client_tunnel told_tunnel;
	bool ever_up;

	uint64_t moving_us,
		moving_ms; /* a handover waits for its first packet back; moving_ms NEVER: none */
	uint32_t handovers;
	double last_handover_ms;
	uint16_t inner_mtu;
	uint64_t tx_bytes, rx_bytes, tx_packets, rx_packets;
	uint64_t drop_replay, drop_auth, drop_too_big, drop_no_path, drop_source;
	uint8_t icmp[CLIENT_ICMP_BUFS][ICMP_ERROR_MAX];
	unsigned icmp_at;
};

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}
static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* core.c */
uint64_t client_us(core_time now); /* of the real time; good for differences below a second */
uint32_t client_since_us(core_time now, uint64_t then_ms, uint64_t then_us);
uint32_t client_random(void);
uint64_t client_jitter(uint64_t ms); /* +-20 % */

/* paths.c */
client_path *client_path_by_sock(client_core *c, uint32_t sock);
client_path *client_path_by_name(client_core *c, uint16_t name);
/* Measured, or a guess; at least 1. */
uint32_t client_path_rtt_ms(const client_core *c, const client_path *p);
void client_path_rtt(client_core *c, client_path *p, uint32_t rtt_us);
dgram_route client_route(const client_path *p);
void client_paths_close(client_core *c);
/* What carried it is gone; the path is there still. Another becomes active, if it was. */
void client_path_lost(client_core *c, core_time now, client_path *p);

typedef struct reg_input reg_input;

/* agents.c */
void client_agents_init(client_core *c);
/* Where agent i is reached from an address of that length; NULL: not. */
const endpoint *client_agent_at(const client_core *c, unsigned i, const uplink *u);
unsigned client_agent_rank(const client_core *c, unsigned i); /* lower: preferred by the profile */
const char *client_agent_name(const client_core *c, unsigned i, char buf[ENDPOINT_STRLEN]);
void client_agents_learn(client_core *c, core_time now, const reg_reply *r); /* home told */
void client_agents_solicit(client_core *c, const uplink *u);
void client_agents_tick(client_core *c, core_time now);
uint64_t client_agents_due(const client_core *c);
void client_paths_of_agent(client_core *c, core_time now, unsigned agent, bool exists);

/* relay.c */
bool client_by_relay(const client_path *p);
bool client_path_admitted(const client_path *p, core_time now); /* packets sent there go on */
void client_path_admit(client_core *c, core_time now, client_path *p, uint32_t lifetime_s,
		       const reg_key3 *k);
/* Find out whether a path that isn't active works: an echo, or a registration as standby first. */
void client_path_probe(client_core *c, core_time now, client_path *p);
/* Appends what the relay wants to see; the new length, 0: it failed. */
size_t client_relay_sign(client_core *c, client_path *p, uint32_t pseudonym, uint8_t *msg, size_t n,
			 client_asked *a);
/* A reply of home that came by a relay: does the relay vouch for it? */
bool client_relay_vouches(const reg_scan *s, const client_asked *a, const reg_reply *r);
/* A reply without mobile-home authentication over a relay's path: the relay's own. */
void client_relay_says(client_core *c, core_time now, const reg_scan *s, const reg_input *in);
void client_relay_standby(client_core *c, core_time now,
			  const reg_input *in); /* answered by home */
void client_relay_forgot(client_core *c, core_time now, client_path *p);
void client_relay_refused(client_core *c, core_time now, client_path *p, unsigned code);
void client_relay_tick(client_core *c, core_time now);
uint64_t client_relay_due(const client_core *c);

/* carrier.c */
bool client_by_carrier(const client_path *p);
void client_carriers_reset(client_core *c); /* the network changed: no rests */
/* That path works: what the next visit to its network should begin with. */
void client_carrier_remember(client_core *c, client_path *p);
/* One that is closed is planned again: only now is it known which network this is. */
void client_carrier_anew(client_path *p);
void client_carriers_tick(client_core *c, core_time now);
uint64_t client_carriers_due(const client_core *c);

/* choice.c */
bool client_path_usable(
	const client_path *p); /* a route leads to its agent, or its carrier is up */
/* Would the system, the round trip, or then the profile have us rather use a, if both can be used? */
bool client_path_better(const client_core *c, const client_path *a, const client_path *b);
void client_path_heard(client_core *c, core_time now,
		       client_path *p);                              /* something authentic came */
void client_path_use(client_core *c, core_time now, client_path *p); /* make it the active one */
void client_path_activate(client_core *c, core_time now, client_path *p); /* and register over it */
/* p is no good for now: another, if there is one that may be. */
void client_path_fail(client_core *c, core_time now, client_path *p);
/* The best there is, if the active one is no good. */
void client_paths_choose(client_core *c, core_time now);
void client_paths_try(client_core *c, core_time now); /* look at better standbys, now */
void client_paths_tick(client_core *c, core_time now);
uint64_t client_paths_due(const client_core *c);

/* register.c: the table, and what leads into it */
struct reg_input { /* what came with an event */
	client_path *path;
	const client_asked *asked;
	const reg_reply *reply;
	uint8_t code; /* of a refusal that nobody authenticated */
};
typedef enum reg_event {
	EV_GO, /* the network changed, the association is in doubt: ask now */
	EV_TIMER,
	EV_ACCEPTED,
	EV_RESYNC, /* home's clock differs: 133 */
	EV_GROUP,  /* home wants a key exchange of another group */
	EV_REFUSED,
	EV_DOUBT,   /* a refusal that nobody authenticated */
	EV_AT_HOME, /* deregistered on the home link */
	EV_STOP,
	EV_N
} reg_event;
void client_reg_event(client_core *c, core_time now, reg_event ev, const reg_input *in);
void client_reg_go(client_core *c, core_time now, bool over_all); /* register, now */
void client_reg_tick(client_core *c, core_time now);
uint64_t client_reg_due(const client_core *c);

/* reply.c */
void client_reply(client_core *c, core_time now, client_path *p, const dgram_in *d);
void client_resync(client_core *c, core_time now, const reg_input *in, uint64_t id);

/* hint.c */
void client_hint(client_core *c, core_time now, client_path *p, const dgram_in *d);

/* request.c */
bool client_request_send(client_core *c, core_time now, client_path *p, endpoint to,
			 asked_kind kind);
endpoint client_request_to(client_core *c, client_path *p); /* where the path's next request goes */
client_asked *client_asked_find(client_core *c, uint64_t reply_id);
/* Path 0: all of the kind. */
void client_asked_forget(client_core *c, asked_kind kind, uint16_t path);
bool client_sa_wanted(const client_core *c,
		      core_time now);    /* the next request asks for an association */
void client_attempt_end(client_core *c); /* wipes the key exchange and what was asked */

/* grant.c */
/* False: nothing was changed. */
bool client_grant_take(client_core *c, core_time now, const reg_input *in);

/* sa.c */
bool client_sa_install(client_core *c, core_time now, const sa_keys *k, const sa_choice *s,
		       uint32_t spi_in);
client_sa *client_sa_by_spi(client_core *c, uint32_t spi_in);
bool client_sa_sends(const client_core *c, uint32_t spi_out);       /* one that we send with now */
void client_sa_heard(client_core *c, core_time now, client_sa *sa); /* home holds it */
void client_sa_retire_all(client_core *c, uint64_t when_ms);
void client_sa_drop_all(client_core *c);
void client_sa_tick(client_core *c, core_time now);
uint64_t client_sa_due(const client_core *c);

/* echo.c */
/* size: of the UDP payload, 0: no padding. Returns the echo's id, 0: could not be sent. */
uint32_t client_echo_send(client_core *c, core_time now, client_path *p, client_sa *sa,
			  uint8_t flags, uint16_t size);
void client_ctl(client_core *c, core_time now, client_path *p, wire_bytes msg, size_t udp_len);

/* liveness.c */
void client_live_sent(client_core *c, core_time now, client_path *p); /* data left over it */
void client_live_quiet(client_path *p);                               /* nothing is unanswered */
void client_live_proven(client_path *p, uint64_t now_ms);             /* an echo was answered */
void client_live_failed(client_core *c, core_time now, client_path *p);
void client_live_tick(client_core *c, core_time now);
uint64_t client_live_due(const client_core *c);

/* mtu.c */
void client_mtu_start(client_core *c, core_time now, client_path *p);
void client_mtu_answer(client_core *c, core_time now, client_path *p, uint32_t id, uint16_t size);
/* Silence: do big ones pass? */
void client_mtu_doubt(client_core *c, core_time now, client_path *p);
/* The link refused a length. */
void client_mtu_too_long(client_core *c, core_time now, client_path *p);
void client_mtu_update(client_core *c, core_time now);
void client_mtu_tick(client_core *c, core_time now);
uint64_t client_mtu_due(const client_core *c);

/* home.c */
/* The link p leaves by may be the home link: it is being asked. */
bool client_home_asking(const client_core *c, const client_path *p);
void client_home_look(client_core *c, core_time now); /* which uplinks might be the home link */
void client_home_answer(client_core *c, core_time now, client_path *p, const reg_reply *r);
void client_home_tick(client_core *c, core_time now);
uint64_t client_home_due(const client_core *c);

/* forward.c */
void client_esp(client_core *c, core_time now, client_path *p, const dgram_in *d);

/* status.c */
/* State and tunnel to the environment, where they changed. */
void client_tell(client_core *c, core_time now);
client_state client_state_now(const client_core *c);

#endif
