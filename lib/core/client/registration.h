/* SPDX-License-Identifier: MIT */
/* registration.h - the registration with home as a table of states and events. Requests go on until home answers:
 * gaps between them grow to half a minute, and a change of the network begins again with the shortest. */
#ifndef HW_CORE_CLIENT_REGISTRATION_H
#define HW_CORE_CLIENT_REGISTRATION_H

#include "core/client/home_link.h"
#include "core/client/standby.h"

typedef enum client_reg_state {
	CLIENT_REG_IDLE,       /* there was no path yet */
	CLIENT_REG_REQUESTING, /* requests are under way */
	CLIENT_REG_GRANTED,    /* the timer is the renewal */
	CLIENT_REG_REFUSED,    /* home refuses; requested again, slowly */
	CLIENT_REG_AT_HOME,    /* on the home link, deregistered */
	CLIENT_REG_LEAVING,    /* deregistering for good */
	CLIENT_REG_GONE,
	CLIENT_REG_N_STATES
} client_reg_state;

typedef enum client_reg_event {
	CLIENT_REG_START, /* the network changed, the association is in doubt: request now */
	CLIENT_REG_TIMER,
	CLIENT_REG_ACCEPTED,
	CLIENT_REG_RESYNC,      /* home's clock differs: 133 */
	CLIENT_REG_WRONG_GROUP, /* home requires a key exchange of another group */
	CLIENT_REG_REFUSAL,
	CLIENT_REG_BARE_REFUSAL, /* that nobody authenticated */
	CLIENT_REG_HOME,         /* home consents that we are on its link */
	CLIENT_REG_STOP,
	CLIENT_REG_N_EVENTS
} client_reg_event;

typedef struct client_reg_input { /* what came with an event */
	client_path *path;
	const client_request *request;
	const reg_reply *reply;
	uint8_t code; /* of a refusal that nobody authenticated */
} client_reg_input;

typedef struct client_registration {
	const client_host *host;
	client_credential *credential;
	client_paths *paths;
	client_associations *associations;
	client_binding *binding;
	client_exchange *exchange;
	client_requests *requests;
	client_standby *standby;
	const client_home_link *home_link;

	client_reg_state state;
	uint64_t timer_ms; /* NEVER: none */
	uint32_t gap_ms;
	uint64_t began_ms;    /* this attempt */
	unsigned round;       /* of requests in this attempt */
	unsigned at_once;     /* repetitions without waiting in this attempt; bounded */
	unsigned bare;        /* refusals in a row that nobody authenticated */
	bool everywhere;      /* over all paths, not the active one alone */
	uint64_t accepted_id; /* of the newest request that was accepted */
	uint64_t late_ms;   /* replies of a finished attempt are taken until then; NEVER: none is */
	uint16_t home_path; /* at home: by which path; 0: by none any more */
	char reason[128];   /* of a refusal; "": none */
} client_registration;

/* The fields up to home_link are set by the caller. */
void client_registration_init(client_registration *r);
/* True: some row's action succeeded. */
bool client_registration_event(client_registration *r, core_time now, client_reg_event ev,
			       const client_reg_input *in);
void client_registration_start(client_registration *r, core_time now, bool everywhere);
/* The path in use was found dead: until the next start, requests go over all. */
void client_registration_widen(client_registration *r);
/* Requests over the paths that are to be asked, now. */
void client_registration_repeat(client_registration *r, core_time now);
/* The request once more, to where it went; a bounded number of times in an attempt. */
bool client_registration_repeat_one(client_registration *r, core_time now,
				    const client_reg_input *in);
/* The path of the home link is not it any more: what is started next is away from home. */
void client_registration_lose_home(client_registration *r);
/* Requests are under way, and somebody waits for them: the next goes out soon. */
void client_registration_repeat_soon(client_registration *r, core_time now);
/* Renew: soon, or now if one is granted. */
void client_registration_hasten(client_registration *r, core_time now);
void client_registration_renew(client_registration *r, core_time now);
void client_registration_tick(client_registration *r, core_time now);
uint64_t client_registration_next_timer_ms(const client_registration *r);
void client_registration_wipe(client_registration *r);

static inline bool client_registration_is_at_home(const client_registration *r)
{
	return r->state == CLIENT_REG_AT_HOME;
}

static inline bool client_registration_is_ending(const client_registration *r)
{
	return r->state == CLIENT_REG_LEAVING || r->state == CLIENT_REG_GONE;
}

#endif
