/* SPDX-License-Identifier: MIT */
/* server.h - the running daemon: what stands around the home agent's core. One file a subject:
 * server_net.c (TUN, sockets, settings of the system), server_data.c (packets and time), attract.c
 * (addresses of clients that are away), durable.c (their state), clients.c (registry into the core),
 * server_control.c, server_reload.c. */
#ifndef HW_SERVER_SERVER_H
#define HW_SERVER_SERVER_H

#include "base/map.h"
#include "conf.h"
#include "core/home/core.h"
#include "io/net/announce.h"
#include "io/net/ipip.h"
#include "io/daemon/control.h"
#include "io/loop/loop.h"
#include "io/net/netcfg.h"
#include "io/net/tun.h"
#include "io/net/udp.h"
#include "store/registry.h"
#include "store/state_store.h"
#include "sync.h"
#include "writer.h"

typedef struct server server;

typedef struct server_sock {
	server *server;
	uint32_t name; /* its index */
	udp_sock *udp;
	io_watch *watch;
	bool broken; /* logged once */
} server_sock;

struct server {
	server_conf *conf;
	logger log;
	io_loop *loop;

	tun *tun;
	io_watch *tun_watch;
	uint8_t *tun_buf; /* TUN_READ_MAX */
	server_sock socks[CONF_LISTENS];
	unsigned n_socks;
	udp_rx *rx;
	ipip_sock *ipip; /* NULL: no relays */
	io_watch *ipip_watch;
	uint64_t not_of_relays; /* IP-in-IP from others */
	netcfg *net;
	announcer *announcer;
	uint32_t lan_ifindex; /* 0: no home link */
	uint8_t lan_mac[6];
	bool network_routed; /* one route for each home network leads into the TUN */

	home_conf home;
	home_core *core;
	dgramq tx;
	join in;
	io_timer *timer;
	uint64_t timer_ms; /* what the timer is set to */

	state_store *store;
	map *slots; /* client id to slot + 1 */
	syncer *syncer;
	writer *writer;
	io_watch *writer_watch;
	bool disk_failed; /* what was written last */

	control *control;
	io_signal *on_term, *on_int, *on_hup;
	uint64_t dropped;   /* datagrams the sockets or the TUN did not take */
	rate_limit trouble; /* log lines about the system's refusals */
};

/* server_net.c */
bool server_net_open(server *s, err *e);
void server_net_close(server *s);
/* If c has relays, and it isn't open. */
bool server_open_ipip(server *s, const server_conf *c, err *e);
void server_fill_home(server *s); /* what the core is to know, from conf and the system */

/* server_data.c */
core_time server_now(void);
bool server_data_open(server *s, err *e);
void server_data_close(server *s);
bool server_watch_ipip(server *s, err *e);
void server_flush(server *s);
void server_arm(server *s); /* the timer, after anything that may have changed it */

/* attract.c */
home_env server_env(server *s);
void server_clean_address(server *s, const ip_addr *a); /* what a killed predecessor left */

/* durable.c */
bool server_durable_open(server *s, err *e);
/* Its threads begin: after privileges were dropped, which each thread does for itself. */
bool server_durable_start(server *s, err *e);
void server_durable_close(server *s);
void server_request(void *ctx, uint64_t number, const home_request *r); /* home_env's */
bool server_durable_add(server *s, const uint8_t id[CLIENT_ID_LEN], uint32_t slot);
void server_durable_remove(server *s, const uint8_t id[CLIENT_ID_LEN]); /* its slot is free then */

/* clients.c */
/* At the start, before any client registers: takes away what a killed daemon left on the home link. */
bool server_clients_clean(server *s, err *e);
bool server_clients_load(server *s, err *e); /* all; bad ones are logged and left out */
bool server_client_load(server *s, const char *name, err *e);
bool server_client_unload(server *s, const char *name, err *e);

/* server_control.c, server_reload.c */
bool server_control_open(server *s, const char *path, err *e);
bool server_reload(server *s); /* false: all stays as it was; see the log */
json_t *server_status(const server *s);

#endif
