/* SPDX-License-Identifier: MIT */
/* env.h - what a home agent asks of its surroundings. */
#ifndef HW_CORE_HOME_ENV_H
#define HW_CORE_HOME_ENV_H

#include "core/home/conf.h"

/* What a registration can wait for. Another kind is a name here, what it asks in home_request, and what comes back in
 * home_answer; its code of refusal in txn.c, and its request in registrar.c; a check in check.c, which returns
 * home_must_wait() when it finds no answer in the transaction, and examines the answer when it is asked again. The
 * shell sends the request where it belongs, and calls home_core_complete(). */
typedef enum home_wait {
	HOME_WAIT_NONE,
	HOME_WAIT_TURN,      /* an earlier registration of the same client; nothing is requested */
	HOME_WAIT_AUTHORITY, /* who holds the client's key has verified the request */
	HOME_WAIT_DURABLE,   /* the client's state is written */
	HOME_N_WAITS
} home_wait;

typedef struct home_request { /* borrowed during the call */
	home_wait kind;
	union {
		wire_bytes question;           /* HOME_WAIT_AUTHORITY */
		struct {                       /* HOME_WAIT_DURABLE */
			const uint8_t *client; /* CLIENT_ID_LEN octets */
			const home_client_state *state;
		};
	};
} home_request;

typedef struct home_answer { /* borrowed during the call; who made it wipes what is secret in it */
	home_wait kind;      /* the request's */
	bool ok;             /* false: it failed, and nothing else is set */
	wire_bytes reply;    /* HOME_WAIT_AUTHORITY; a union, when another kind brings something */
} home_answer;

typedef struct home_env {
	void *ctx;
	/* Attract (or let go) packets for a permanent address: route into the TUN, proxy ARP, gratuitous ARP.
	 * away = false when the client is at home or gone. */
	void (*attract)(void *ctx, const ip_addr *address, bool away);
	/* Asks for what a registration waits for. The answer comes by home_core_complete() with the number, never
	 * before this function has returned; if it does not come until REG_HOME_ANSWERS_MS after the request did,
	 * the registration is refused, and what is answered later has no effect. Requests of one client have to take
	 * effect in the order in which they were made. */
	void (*request)(void *ctx, uint64_t number, const home_request *r);
	/* The client's state, to be written some time: nothing waits for it, and it may be lost. It takes effect in the
	 * order of the requests of that client, none of which is under way. */
	void (*remember)(void *ctx, const uint8_t client[CLIENT_ID_LEN],
			 const home_client_state *state);
} home_env;

#endif
