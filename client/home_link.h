/* SPDX-License-Identifier: MIT */
/* home_link.h - while the client is at home: what the system shows of the home link. Its packets do not pass us there, so
 * the core is told when there are some, and what may mean that the link leads elsewhere. */
#ifndef HW_CLIENT_HOME_LINK_H
#define HW_CLIENT_HOME_LINK_H

#include "core/client/core.h"
#include "io/net/neighbours.h"
#include "io/net/packet_tap.h"

typedef struct home_link {
	client_core *core; /* these three are borrowed */
	io_loop *loop;
	const logger *log;
	packet_tap *tap;
	neighbours *neighbours; /* NULL: not at home, or none are heard */
	io_watch *watch;
	bool is_blind; /* packets can't be seen: that has been logged */
} home_link;

bool home_link_open(home_link *h, io_loop *l, const logger *log, err *e);
void home_link_start(home_link *h, client_core *core);
void home_link_close(home_link *h);
/* As client_env has them. */
void home_link_follow(home_link *h, const uplink *u, const ip_addr *server);
bool home_link_next_packet(home_link *h, uint32_t ifindex);

#endif
