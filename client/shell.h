/* SPDX-License-Identifier: MIT */
/* shell.h - what surrounds the client's core: loop, sockets, TUN, routes, control. The core
 * decides; this carries. Each callback of the loop ends in shell_settle(), which sends what was
 * queued and does what the core asked for meanwhile: packets first, then routes. */
#ifndef HOMEWARD_SHELL_H
#define HOMEWARD_SHELL_H

#include "io/net/announce.h"
#include "io/http/carrier.h"
#include "io/daemon/control.h"
#include "io/net/icmp_agents.h"
#include "io/loop/loop.h"
#include "io/net/netcfg.h"
#include "io/http/portal.h"
#include "io/net/tun.h"
#include "io/net/udp.h"
#include "options.h"
#include "profile.h"
#include "proxies.h"
#include "resolve.h"
#include "routes.h"

enum { SHELL_SOCKS = 2 * CLIENT_PATHS, SHELL_WAITERS = 8 };

typedef struct shell shell;

typedef struct shell_sock {
	shell *owner;
	uint32_t name; /* 0: free */
	bool dead;     /* to be closed when nothing uses it */
	udp_sock *udp; /* or else: */
	io_watch *watch;
	carrier *carrier;
	unsigned mux; /* in shell.muxes */
	uplink up;
	endpoint remote;
	const char *method; /* of HTTP; NULL: not up yet */
	char proxy[URL_HOST + 8];
	char unverified[96];
} shell_sock;

typedef struct shell_portal {
	uint32_t ifindex; /* of the uplink asked about */
	ip_addr local;
	portal_probe *probe; /* NULL: not being asked */
	bool found;
} shell_portal;

struct shell {
	const profile *profile;
	const options *options;
	client_conf conf;
	client_env env;
	char state_path[512];
	logger log;

	io_loop *loop;
	io_timer *timer, *mtu_timer;
	io_signal *sigs[3];
	netcfg *net;
	netmon *mon;
	io_watch *mon_watch, *tun_watch;
	tun *tun;
	announcer *announcer;
	control *control;
	resolver *resolver;
	icmp_agents *agents; /* NULL: not heard */
	io_watch *agents_watch;

	client_core *core;
	dgramq tx;
	join in;
	udp_rx *rx;
	uint8_t *tun_buf;                /* TUN_READ_MAX */
	tls_ctx *tls;                    /* for carriers; NULL: there are none */
	carrier_mux muxes[CLIENT_MUXES]; /* as client_conf.muxes */
	proxy_list proxies;
	endpoint proxies_at[PROXY_NAMES];
	char trouble[320];                /* with carriers, as status shows it */
	char troubles[CLIENT_MUXES][320]; /* with each, as last told */
	bool names_old;                   /* not all were found when last looked up */
	shell_portal portal;
	shell_sock socks[SHELL_SOCKS];
	uint32_t last_sock;
	uint64_t timer_due_ms;
	bool tun_paused, settling;

	client_tunnel wanted, applied; /* by the core; on the system */
	bool tunnel_changed;
	uint16_t tun_mtu; /* as set on the device */
	bool address4_on, address6_on;
	routes routes;

	int report; /* -1: nobody waits */
	bool stopped, unsaved_told;
	control_peer *waiters[SHELL_WAITERS]; /* of `down` */
	unsigned n_waiters;
};

/* Runs until stopped. report: the pipe of daemon_background(), or -1 in the foreground. False: the start
 * failed, was reported there too, and left nothing behind. */
bool shell_run(const profile *p, const options *o, const char *state_path, logger log, int report,
	       err *e);

core_time shell_now(void);
void shell_settle(shell *s);

/* sockets.c */
bool sockets_open(void *ctx, const uplink *u, uint32_t *sock);
void sockets_close(void *ctx, uint32_t sock);
void sockets_flush(shell *s); /* sends what is queued, tells the core of errors */
void sockets_reap(shell *s);  /* closes those that the core let go */
void sockets_free(shell *s);
shell_sock *sockets_take(shell *s); /* a free place, named; NULL: none */
const shell_sock *sockets_find(const shell *s, uint32_t name);
void sockets_deliver(shell_sock *k, const dgram_in *d);

/* carriers.c */
bool carriers_init(shell *s, err *e);
void carriers_resolved(shell *s, const resolution *r);
bool carriers_open(void *ctx, const uplink *u, unsigned mux, uint32_t *sock);
void carriers_send(shell_sock *k, const dgramq *q);
void carriers_free(shell *s);

/* portals.c */
/* Asks, if that is not going on; what is known by now: is there one on that uplink's network? */
bool portals_ask(shell *s, const uplink *u, const carrier_mux *m);
void portals_forget(shell *s);

/* agents.c */
void agents_open(shell *s);
void agents_close(shell *s);
void agents_solicit(void *ctx, const uplink *u);

/* tunnel.c: the TUN device's settings */
void tunnel_apply(shell *s);
void tunnel_mtu_due(void *ctx);
void tunnel_put_back(shell *s);

/* shell_env.c: what the core asks of us */
client_env shell_env(shell *s);
void shell_report(shell *s, bool ok, const char *text);

/* shell_control.c */
control_handler shell_control;
void shell_answer_waiters(shell *s);

#endif
