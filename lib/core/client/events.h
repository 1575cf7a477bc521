/* SPDX-License-Identifier: MIT */
/* events.h - what a module found out that modules above it have to act on. A bounded queue, filled by any
 * module and emptied by core.c after each input. Payloads are values (names of paths, not pointers), so that
 * an event outlives its path: whoever handles it looks the name up again. */
#ifndef HW_CORE_CLIENT_EVENTS_H
#define HW_CORE_CLIENT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum client_event_kind {
	CLIENT_EV_PATH_ANSWERED, /* path: it answers, for the first time after silence (flag), or may replace the active one */
	CLIENT_EV_PATH_FAILED, /* path: it does not answer, or the system can't send over it */
	CLIENT_EV_PATH_STILL_FAILED, /* path: it is the active one, and packets are sent on it all the same */
	CLIENT_EV_PATH_SILENT,             /* path: several requests in a row were not answered */
	CLIENT_EV_PATH_REFUSED,            /* path: its relay, or home, does not admit us there */
	CLIENT_EV_CARRIER_CLOSED,          /* path */
	CLIENT_EV_ASSOCIATION_NEW,         /* flag: there was none before */
	CLIENT_EV_ASSOCIATION_WORN,        /* the one in use is to be renewed */
	CLIENT_EV_ASSOCIATION_UNCONFIRMED, /* home never answered on the newest one */
	CLIENT_EV_ASSOCIATIONS_LOST,       /* the lifetime of the last one is over */
	CLIENT_EV_AGENTS_CHANGED,
	CLIENT_EV_AGENT_RESTARTED, /* agent */
	CLIENT_EV_AT_HOME,         /* path: home consents that its link is the home link */
	CLIENT_EV_NOT_AT_HOME,     /* path: its link merely looks like it */
	CLIENT_EV_HOME_LOST,       /* path: its link was the home link, and is not any more */
	CLIENT_EV_GRANTED,         /* path: a registration over it */
	CLIENT_EV_EXPIRED,         /* the registration's lifetime is over */
	CLIENT_EV_STOPPED,
	CLIENT_EV_SAVE, /* something of client_saved changed */
	CLIENT_EV_N
} client_event_kind;

typedef struct client_event {
	client_event_kind kind;
	uint16_t path; /* its name; 0: of none */
	uint8_t agent; /* its index */
	bool flag;
} client_event;

/* Each kind at most once for every path, most of them once at all: it can't be filled by one input. */
enum { CLIENT_EVENTS_MAX = 256 };
typedef struct client_events {
	client_event queue[CLIENT_EVENTS_MAX];
	unsigned first, n;
	unsigned lost; /* for which there was no room */
} client_events;

/* An event that waits already is not put in again. */
void client_events_put(client_events *q, client_event e);
bool client_events_take(client_events *q, client_event *out);

static inline bool client_events_wait(const client_events *q)
{
	return q->n > 0;
}

static inline void client_events_put_path(client_events *q, client_event_kind kind, uint16_t path)
{
	client_events_put(q, (client_event){ .kind = kind, .path = path });
}

#endif
