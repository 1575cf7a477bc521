/* SPDX-License-Identifier: MIT */
/* requests.h - registration requests: what they say, where they go, and which of them a reply belongs to. Wipes
 * its keys. */
#ifndef HW_CORE_CLIENT_REQUESTS_H
#define HW_CORE_CLIENT_REQUESTS_H

#include "core/client/admission.h"
#include "core/client/associations.h"
#include "core/client/binding.h"
#include "core/client/exchange.h"

enum { CLIENT_REQUESTS = 16 /* under way: the last rounds of an attempt */ };

typedef enum client_purpose {
	CLIENT_FOR_REGISTRATION,
	CLIENT_FOR_DEREGISTRATION,
	CLIENT_FOR_HOME_LINK, /* deregisters, if home agrees that this is its link */
	CLIENT_FOR_STANDBY,   /* admits a path at a relay, leaves the binding alone */
	CLIENT_FOR_TIME, /* registers nothing: home states its time, and a registration follows */
} client_purpose;

typedef struct client_request { /* one whose reply is awaited */
	client_offer offer;     /* request_id 0: empty */
	uint64_t sent_ms, sent_us;
	uint16_t path;  /* its name */
	bool asks_time; /* for CLIENT_FOR_TIME, or first of all, since home's time is not known */
	endpoint to;
	client_purpose purpose;
	reg_key3 key3; /* authenticated it to the relay; spi 0: nothing did */
} client_request;

typedef struct client_requests {
	const client_host *host;
	client_credential *credential;
	const client_agents *agents;
	const client_associations *associations;
	const client_admission *admission;
	const client_binding *binding;
	client_exchange *exchange;
	client_request under_way[CLIENT_REQUESTS];
	unsigned next;
	uint32_t attempts[CLIENT_PATHS]; /* of this attempt, by the path's slot */
} client_requests;

/* To the path's next address: the agent's first; then each address in turn, at its own port and at 434, in case
 * a firewall passes only that. */
bool client_requests_send(client_requests *r, core_time now, client_path *p,
			  client_purpose purpose);
bool client_requests_send_to(client_requests *r, core_time now, client_path *p, const endpoint *to,
			     client_purpose purpose);
endpoint client_requests_next_address(client_requests *r, const client_path *p);
void client_requests_restart(client_requests *r);              /* begin with the first address */
void client_requests_reset(client_requests *r, unsigned slot); /* another path is there */
/* The one that a reply with that identification answers; NULL: none. */
const client_request *client_requests_find(const client_requests *r, uint64_t reply_id);
/* path 0: all for that purpose. */
void client_requests_forget(client_requests *r, client_purpose purpose, uint16_t path);
void client_requests_wipe(client_requests *r);

#endif
