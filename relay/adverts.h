/* SPDX-License-Identifier: MIT */
/* adverts.h - the relay makes itself known on links where clients visit (RFC 5944 2): advertisements at their
 * interval, one at once in answer to a solicitation, a last one with lifetime 0 at the end. */
#ifndef HW_RELAY_ADVERTS_H
#define HW_RELAY_ADVERTS_H

#include "conf.h"
#include "core/relay/advert.h"
#include "io/loop/loop.h"
#include "io/net/icmp_agents.h"

typedef struct adverts {
	icmp_agents *icmp; /* NULL: does not advertise */
	io_watch *watch;
	io_timer *timer;
	relay_advert machine;
	uint32_t links[RELAY_LINKS]; /* interface indexes */
	ip_addr addresses[RELAY_LINKS];
	unsigned n_links;
} adverts;

bool adverts_open(adverts *a, io_loop *l, const relay_file *c, err *e);
void adverts_close(adverts *a);

#endif
