/* SPDX-License-Identifier: MIT */
/* link.h - relays' own associations with home: hellos (candidate.h), liveness, acknowledgements (docs/protocol.md, section
 * 18). */
#ifndef HW_CORE_HOME_LINK_H
#define HW_CORE_HOME_LINK_H

#include "base/log.h"
#include "core/home/candidate.h"
#include "core/home/change.h"
#include "core/home/conf.h"
#include "core/home/status.h"

typedef struct home_link { /* with one relay */
	key2_set key2;     /* zeros: it could not be derived, and the relay is refused */
	sa_set sas;
	home_candidates candidates;
	dgram_route route; /* to the relay itself */
	bool up, has_reported_key, has_reported_version;
	uint64_t heard_ms, refused;
	rate_limit refusals;
} home_link;

typedef struct home_links {
	const home_conf *conf;
	const logger *log;
	dgramq *tx;
	sa_store *store;
	home_changes changes; /* of clients; reader i is relay i */
	home_link links[HOME_RELAYS];
	bool behind; /* something may have to be sent once the queue is empty */
} home_links;
bool home_links_open(home_links *all); /* false: cryptography failed */
void home_links_close(home_links *all);
bool home_links_restart(home_links *all); /* the relays of the configuration are others now */

/* Of the relay by which a datagram of this sock came. NULL: it came directly, or the relay is not in the
 * configuration any more; or, of the key, it has none. */
const key2_set *home_links_key2(const home_links *all, uint32_t sock);
const char *home_links_name(const home_links *all, uint32_t sock);
/* From a relay itself, relay i. False: not of its link. */
bool home_links_receive(home_links *all, unsigned i, core_time now, const dgram_in *d);

void home_links_client_changed(home_links *all, home_change *c);
void home_links_client_removed(home_links *all, home_change *c);

void home_links_tick(home_links *all, core_time now);
uint64_t home_links_next_timer_ms(const home_links *all);
home_relay_status home_links_status(const home_links *all, unsigned i);

#endif
