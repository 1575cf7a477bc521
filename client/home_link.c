/* SPDX-License-Identifier: MIT */
#include "home_link.h"
#include "io/net/now.h"

static void on_packet(void *ctx)
{
	home_link *h = ctx;

	client_core_home_packet(h->core, io_now());
}

static void on_neighbours(void *ctx)
{
	home_link *h = ctx;

	if (neighbours_drain(h->neighbours))
		client_core_home_doubt(h->core, io_now());
}

bool home_link_open(home_link *h, io_loop *l, const logger *log, err *e)
{
	*h = (home_link){ .loop = l, .log = log };
	h->tap = packet_tap_new(l, on_packet, h, e);
	return h->tap != NULL;
}

void home_link_start(home_link *h, client_core *core)
{
	h->core = core;
}

static void forget(home_link *h)
{
	if (h->tap)
		packet_tap_clear(h->tap);
	io_watch_free(h->watch);
	neighbours_close(h->neighbours);
	h->watch = NULL;
	h->neighbours = NULL;
}

/* Without them, home is asked at the usual pace. */
void home_link_follow(home_link *h, const uplink *u, const ip_addr *server)
{
	err e = { 0 };

	forget(h);
	if (!u)
		return;
	const ip_addr list[NEIGHBOURS_MAX] = { *server, u->gateway };
	h->neighbours = neighbours_open(u->ifindex, list, &e);
	if (h->neighbours)
		h->watch =
			io_watch_new(h->loop, neighbours_fd(h->neighbours), on_neighbours, h, &e);
	if (!h->watch)
		log_warn(h->log, "uplink %s: its neighbours are not watched: %s", u->name, e.text);
}

bool home_link_next_packet(home_link *h, uint32_t ifindex)
{
	err e = { 0 };
	bool ok = packet_tap_set(h->tap, ifindex, &e);

	if (!ok && !h->is_blind)
		log_warn(h->log, "traffic at home can't be seen, home is asked all the time: %s",
			 e.text);
	h->is_blind = !ok;
	return ok;
}

void home_link_close(home_link *h)
{
	forget(h);
	packet_tap_free(h->tap);
}
