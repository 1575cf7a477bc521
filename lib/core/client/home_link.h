/* SPDX-License-Identifier: MIT */
/* home_link.h - coming home. An uplink whose address lies in the home network may be the home link, or a network
 * that looks like it. The home server is asked at its address there, with lifetime 0; only its authenticated consent
 * makes the link home (RFC 5944 3.6.1.2). Whether it stays home is home_watch.h's subject; where it did not, the home
 * server is asked again now and then, beside the registration: it may merely have been restarted. */
#ifndef HW_CORE_CLIENT_HOME_LINK_H
#define HW_CORE_CLIENT_HOME_LINK_H

#include "core/client/binding.h"
#include "core/client/requests.h"

typedef enum client_home_check {
	CLIENT_HOME_UNCHECKED,
	CLIENT_HOME_CHECKING,
	CLIENT_HOME_FOREIGN
} client_home_check;

typedef struct client_home_link {
	const client_host *host;
	client_paths *paths;
	client_requests *requests;
	const client_binding *binding;
	struct {
		client_home_check check;
		uint8_t n;         /* requests that were sent */
		uint64_t timer_ms; /* the next, or the end of patience; foreign: the next check */
		uint32_t gap_ms;   /* to the next check where it has been home before; else 0 */
		uint32_t rtt_us;   /* of home's consent */
	} of[CLIENT_PATHS];        /* by the path's slot */
} client_home_link;

void client_home_link_reset(client_home_link *h, unsigned slot); /* another path is there */
void client_home_link_restart(client_home_link *h);              /* what was found out is void */
/* Asks where an uplink looks like the home link. */
void client_home_link_check(client_home_link *h, core_time now);
/* The link that p leaves by may be the home link: it is being checked, for the first time. */
bool client_home_link_is_checking(const client_home_link *h, const client_path *p);
/* Lead to CLIENT_EV_AT_HOME or CLIENT_EV_NOT_AT_HOME. */
void client_home_link_answered(client_home_link *h, core_time now, const client_path *p,
			       const client_request *q, const reg_reply *r);
/* It was home, and is not any more. */
void client_home_link_lost(client_home_link *h, core_time now, const client_path *p);
void client_home_link_tick(client_home_link *h, core_time now);
void client_home_link_repeat(client_home_link *h, core_time now, const client_path *p);
uint64_t client_home_link_next_timer_ms(const client_home_link *h);

#endif
