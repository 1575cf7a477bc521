/* SPDX-License-Identifier: MIT */
/* relay.h - the running relay: what stands around its core. relay_data.c has sockets, packets and time,
 * advert.c the advertisements, relay_control.c what `status` asks. */
#ifndef HW_RELAY_RELAY_H
#define HW_RELAY_RELAY_H

#include "conf.h"
#include "core/relay/advert.h"
#include "io/daemon/control.h"
#include "io/net/icmp_agents.h"
#include "io/net/ipip.h"
#include "io/loop/loop.h"
#include "io/net/udp.h"

typedef struct relay relay;

typedef struct relay_sock {
	relay *owner;
	uint32_t name; /* its index */
	udp_sock *udp;
	io_watch *watch;
} relay_sock;

typedef struct relay_adverts {
	icmp_agents *icmp; /* NULL: does not advertise */
	io_watch *watch;
	io_timer *timer;
	relay_advert machine;
	uint32_t links[RELAY_LINKS]; /* interface indexes */
	ip_addr addresses[RELAY_LINKS];
	unsigned n_links;
} relay_adverts;

struct relay {
	relay_file *conf;
	logger log;
	io_loop *loop;

	relay_sock socks[RELAY_LISTENS];
	unsigned n_socks;
	udp_rx *rx;
	ipip_sock *ipip;
	io_watch *ipip_watch;

	relay_core *core;
	dgramq out, in;
	io_timer *timer;
	uint64_t due_ms; /* what the timer is set to */

	relay_adverts adverts;
	control *control;
	io_signal *on_term, *on_int, *on_hup;
	uint64_t not_sent;
	rate_limit trouble; /* log lines about the system's refusals */
};

core_time relay_now(void);

/* relay_data.c */
bool relay_net_open(relay *r, err *e);  /* sockets */
bool relay_data_open(relay *r, err *e); /* and what is done when they are readable */
void relay_data_close(relay *r);
void relay_flush(relay *r);
void relay_arm(relay *r); /* the timer, after anything that may have changed its due time */

/* advert.c */
bool relay_adverts_open(relay *r, err *e);
void relay_adverts_close(relay *r);

/* relay_control.c */
bool relay_control_open(relay *r, const char *path, err *e);

#endif
