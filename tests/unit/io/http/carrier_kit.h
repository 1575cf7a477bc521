/* SPDX-License-Identifier: MIT */
/* carrier_kit.h - a carrier, a server for it, and what came of it. */
#ifndef HW_TESTS_CARRIER_KIT_H
#define HW_TESTS_CARRIER_KIT_H

#include "carrier_server.h"
#include "io/http/carrier.h"
#include "netns.h"

enum {
	PATIENCE_MS = 120000
}; /* what has not come by then will not come, however busy the machine is */

typedef struct scene {
	io_loop *l;
	io_timer *tick;
	server server, other;
	carrier_mux mux;
	carrier_conf conf;
	tls_ctx *tls;
	logger log;
	carrier *c;
	carrier_info info;
	char proxy[URL_HOST], unverified[128], why[256];
	bool up, down;
	unsigned got, batches;
	size_t len;      /* of the last datagram */
	uint32_t number; /* in it */
	bool in_order;
	bool close_at_up, close_at_datagram, close_at_down;
	bool (*done)(struct scene *s);
	uint64_t deadline_ms;
	bool timed_out;
} scene;

bool await(scene *s, bool (*done)(scene *s)); /* runs the loop until done(), or PATIENCE_MS */
bool is_up(scene *s);
bool is_down(scene *s);
bool is_settled(scene *s);
void set_up(scene *s, const server_script *script);
void open_it(scene *s);
void tear_down(scene *s);
/* By this proxy, which is the server; the mux has an address that only it reaches. */
void through(scene *s, proxy_kind kind, const char *user, const char *password);
void pause_server(scene *s, bool paused); /* it reads no more for the moment */
/* One datagram of that flow; to be flushed. */
void send_one(scene *s, uint32_t flow, uint32_t number, size_t len);
/* Datagrams numbered from `from` on, each a flow of its own. */
void send_some(scene *s, uint32_t from, uint32_t n, size_t len);
bool got_10(scene *s);
bool got_30(scene *s);
/* Comes up by that method, and datagrams go there and back. */
void assert_carries(scene *s, carrier_method m);
/* Opens it, expects it to fail with that phrase, and tears the scene down. */
void check_why(scene *s, const char *why);

#endif
