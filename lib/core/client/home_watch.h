/* SPDX-License-Identifier: MIT */
/* home_watch.h - is the home link still the home link? At home nothing is protected, so a link that moves under the
 * client without loss of carrier (a switch that is patched anew, an access point with the same name) would be sent to in
 * the clear for as long as it stays there.
 *
 * Theory of operation. Home's answer holds for an interval. After that the shell is asked to report the next packet that
 * leaves by the link (client_env.next_packet), and that packet brings the next request: so home is asked once in an
 * interval while there is traffic, at the first packet after a silence, and never while there is none. What may mean
 * that the link leads elsewhere (client_core_home_doubt()) brings a request at once. A request that is not answered
 * within three round trips and 300 ms ends being at home. So what leaves in the clear after the link has moved is at
 * most what leaves in one interval and that time. */
#ifndef HW_CORE_CLIENT_HOME_WATCH_H
#define HW_CORE_CLIENT_HOME_WATCH_H

#include "core/client/binding.h"
#include "core/client/requests.h"

typedef enum client_home_watch_state {
	CLIENT_WATCH_OFF,     /* not at home */
	CLIENT_WATCH_RESTING, /* home's answer holds */
	CLIENT_WATCH_WAITING, /* for the next packet */
	CLIENT_WATCH_ASKING,
} client_home_watch_state;

typedef struct client_home_watch {
	const client_host *host;
	const client_paths *paths;
	client_requests *requests;
	const client_binding *binding;

	client_home_watch_state state;
	uint16_t path;     /* its name; its link is the home link */
	uint32_t rtt_us;   /* to the home server on that link, smoothed */
	uint64_t asked_ms; /* home, the last time */
	uint64_t timer_ms; /* the end of the rest, or the next request; NEVER: none */
	uint64_t until_ms; /* asking: an answer is waited for until then */
	bool is_doubted;   /* the last answer is not worth much: home is to be asked again soon */
} client_home_watch;

/* At home by that path; rtt_us: what home's answer took. */
void client_home_watch_begin(client_home_watch *w, core_time now, const client_path *p,
			     uint32_t rtt_us);
void client_home_watch_end(client_home_watch *w); /* harmless where it has not begun */
bool client_home_watch_is_on(const client_home_watch *w, const client_path *p);
void client_home_watch_packet(client_home_watch *w,
			      core_time now); /* the one that was waited for */
void client_home_watch_doubt(client_home_watch *w, core_time now);
/* An authentic answer to a request. It leads to CLIENT_EV_HOME_LOST where home does not consent. */
void client_home_watch_answered(client_home_watch *w, core_time now, const client_request *q,
				const reg_reply *r);
void client_home_watch_repeat(client_home_watch *w, core_time now); /* home needs another request */
void client_home_watch_tick(client_home_watch *w, core_time now);   /* CLIENT_EV_HOME_LOST */
uint64_t client_home_watch_next_timer_ms(const client_home_watch *w);

#endif
