/* SPDX-License-Identifier: MIT */
/* world_net.c - the network: datagrams in flight, and what a site does to them. */
#include "world.h"

#include <stdlib.h>

enum { START_S = 3900000000u /* NTP seconds: 2023 */ };

core_time world_time(uint64_t us, int64_t wrong_s)
{
	uint64_t s = START_S + us / 1000000 + (uint64_t)wrong_s;

	return (core_time){ .ms = 1000 + us / 1000,
			    .ntp = s << 32 | ((us % 1000000) << 32) / 1000000 };
}

core_time world_client_time(const world *w)
{
	return world_time(w->us, w->client_clock_s);
}

core_time world_home_time(const world *w)
{
	return world_time(w->us, 0);
}

struct packet {
	packet *next;
	uint64_t at_us;
	direction to;
	unsigned relay;
	uint16_t local_port;
	uint32_t sock; /* the receiver's */
	uint32_t ifindex;
	endpoint from;
	ip_addr local;
	size_t n;
	uint8_t p[];
};

enum { IP_UDP = 28, HOME_SOCK_4500 = 1, HOME_SOCK_434 = 2 };

static void fly(world *w, packet *k)
{
	packet **at = &w->flying;

	while (*at && (*at)->at_us <= k->at_us)
		at = &(*at)->next;
	k->next = *at;
	*at = k;
}

static packet *make(const uint8_t *p, size_t n)
{
	packet *k = calloc(1, sizeof *k + n);

	assert_non_null(k);
	k->n = n;
	memcpy(k->p, p, n);
	return k;
}

static bool survives(world *w, const site *s, size_t n, unsigned loss)
{
	return !s->black && (!s->narrow || n + IP_UDP <= s->narrow) &&
	       (!loss || world_random(w, 1000) >= loss);
}

static uint64_t arrival(world *w, const site *s)
{
	return w->us + s->delay_us + (s->jitter_us ? world_random(w, s->jitter_us) : 0);
}

static int site_of(const world *w, uint32_t sock)
{
	return w->socks[sock % SIM_SOCKS].opened == sock ? w->socks[sock % SIM_SOCKS].site : -1;
}

static endpoint mapped(const world *w, uint32_t sock, const site *s)
{
	if (w->socks[sock % SIM_SOCKS].mux)
		return world_mux_out(sock);
	return s->seen.len
		       ? (endpoint){ .addr = s->seen, .port = (uint16_t)(s->nat_port + sock % 500) }
		       : (endpoint){ .addr = s->local, .port = (uint16_t)(40000 + sock % 500) };
}

static void count_up(world *w, const uint8_t *p, size_t n)
{
	w->sent_up++;
	w->sent_up_bytes += n;
	w->registrations += dgram_classify(p, n) == DGRAM_REQUEST;
}

static bool is_public(const ip_addr *home)
{
	const ip_addr public = ip4(203, 0, 113, 2);

	return ip_equal(home, &public);
}

static bool is_home(const world *w, const site *s, const endpoint *to)
{
	const ip_addr lan = ip4(192, 168, 50, 2);

	return (to->port == 4500 || to->port == 434) &&
	       (is_public(&to->addr) ? !w->direct_black
				     : s->home_link && ip_equal(&to->addr, &lan));
}

static int relay_at(const world *w, const endpoint *to)
{
	for (unsigned i = 0; i < w->n_relays; i++)
		if (ip_equal(&to->addr, &w->relays[i].at.addr) &&
		    (to->port == 4500 || to->port == 434))
			return (int)i;
	return -1;
}

/* TCP: in order and without a loss, or not at all. */
static void by_carrier(world *w, const dgram_route *r, uint8_t *p, size_t n)
{
	const endpoint mux = world_mux_at(w, r->sock);
	const site *s = &w->sites[site_of(w, r->sock)];
	unsigned m = w->socks[r->sock % SIM_SOCKS].mux - 1;
	const char *agent = w->cconf.muxes[m].agent;

	assert_true(endpoint_equal(&r->to, &mux));
	if (!w->socks[r->sock % SIM_SOCKS].up || s->black)
		return;
	packet *k = make(p, n);
	k->to = strcmp(agent, "home") == 0 ? TO_HOME : TO_RELAY;
	while (k->to == TO_RELAY && strcmp(w->relays[k->relay].conf.name, agent) != 0)
		k->relay++;
	k->at_us = w->us + s->delay_us + 500;
	k->sock = HOME_SOCK_4500;
	k->ifindex = 3;
	k->from = world_mux_out(r->sock);
	k->local = k->to == TO_HOME ? ip4(192, 168, 50, 2) : w->relays[k->relay].at.addr;
	fly(w, k);
}

static void from_client(world *w, const dgram_route *r, uint8_t *p, size_t n)
{
	int i = site_of(w, r->sock);

	count_up(w, p, n);
	if (w->watch && !w->watch(w, TO_HOME, p, n))
		return;
	if (i >= 0 && w->socks[r->sock % SIM_SOCKS].mux) {
		by_carrier(w, r, p, n);
		return;
	}
	if (i >= 0 && w->sites[i].no_udp)
		return;
	int relay = relay_at(w, &r->to);
	if (i < 0 || !w->sites[i].plugged || (w->sites[i].only_434 && r->to.port != 434) ||
	    (relay < 0 && !is_home(w, &w->sites[i], &r->to)) ||
	    !survives(w, &w->sites[i], n, w->sites[i].loss_up))
		return;
	packet *k = make(p, n);
	k->to = relay < 0 ? TO_HOME : TO_RELAY;
	k->relay = relay < 0 ? 0 : (unsigned)relay;
	k->at_us = arrival(w, &w->sites[i]);
	k->sock = r->to.port == 434 ? HOME_SOCK_434 : HOME_SOCK_4500;
	k->ifindex = w->sites[i].home_link ? HOME_LAN_IFINDEX : 3;
	k->from = mapped(w, r->sock, &w->sites[i]);
	k->local = r->to.addr;
	fly(w, k);
}

static uint32_t sock_mapped_as(const world *w, const endpoint *e)
{
	for (uint32_t i = 0; i < SIM_SOCKS; i++) {
		if (w->socks[i].site < 0)
			continue;
		endpoint m = mapped(w, w->socks[i].opened, &w->sites[w->socks[i].site]);
		if (endpoint_equal(&m, e))
			return w->socks[i].opened;
	}
	return 0;
}

static bool inside_passes(world *w, sim_relay *r)
{
	return r->core && !r->cut && (!r->loss || world_random(w, 1000) >= r->loss);
}

/* IP-in-IP: between relay i and home. */
static void fly_inside(world *w, unsigned i, direction to, const dgram_route *r, const uint8_t *p,
		       size_t n)
{
	if (!inside_passes(w, &w->relays[i]))
		return;
	packet *k = make(p, n);
	k->to = to;
	k->relay = i;
	k->at_us = w->us + w->relays[i].delay_us;
	k->sock = to == RELAY_TO_HOME ? DGRAM_RELAY + i : 0;
	k->from = (endpoint){ .addr = r->from, .port = r->from_port };
	k->local = r->to.addr;
	k->local_port = r->to.port;
	fly(w, k);
}

static void to_client(world *w, const dgram_route *r, const endpoint *from, uint8_t *p, size_t n);

static void from_home(world *w, const dgram_route *r, uint8_t *p, size_t n)
{
	const endpoint from = { .addr = r->from, .port = r->sock == HOME_SOCK_434 ? 434 : 4500 };
	const endpoint mux = world_mux_out(0);

	if (r->sock >= DGRAM_RELAY)
		fly_inside(w, r->sock - DGRAM_RELAY, HOME_TO_RELAY, r, p, n);
	else if (!w->direct_black || !is_public(&r->from) || ip_equal(&r->to.addr, &mux.addr))
		to_client(w, r, &from, p, n);
}

static void from_relay(world *w, const dgram_route *r, uint8_t *p, size_t n)
{
	const endpoint from = { .addr = r->from, .port = r->sock == HOME_SOCK_434 ? 434 : 4500 };

	to_client(w, r, &from, p, n);
}

static void from_relay_inwards(world *w, const dgram_route *r, uint8_t *p, size_t n)
{
	for (unsigned i = 0; i < w->n_relays; i++)
		if (ip_equal(&r->from, &w->relays[i].conf.address)) {
			w->relays[i].inwards++;
			fly_inside(w, i, RELAY_TO_HOME, r, p, n);
		}
}

static void to_client(world *w, const dgram_route *r, const endpoint *from, uint8_t *p, size_t n)
{
	uint32_t sock = sock_mapped_as(w, &r->to);

	w->sent_down++;
	w->accepted += dgram_classify(p, n) == DGRAM_REPLY && p[1] == 0;
	if (w->watch && !w->watch(w, TO_CLIENT, p, n))
		return;
	const site *s = sock ? &w->sites[site_of(w, sock)] : NULL;
	bool carrier = sock && w->socks[sock % SIM_SOCKS].mux;
	if (!s || !s->plugged ||
	    (carrier ? s->black || !w->socks[sock % SIM_SOCKS].up
		     : s->no_udp || !survives(w, s, n, s->loss_down)))
		return;
	packet *k = make(p, n);
	k->to = TO_CLIENT;
	k->at_us = carrier ? w->us + s->delay_us + 500 : arrival(w, s);
	k->sock = sock;
	k->from = carrier ? world_mux_at(w, sock) : *from;
	k->local = s->local;
	fly(w, k);
}

static void send_all(world *w, dgramq *q,
		     void (*send)(world *, const dgram_route *, uint8_t *, size_t))
{
	for (uint32_t i = 0; i < q->n_runs; i++) {
		const dgram_run *r = &q->runs[i];
		for (uint32_t at = 0; at < r->len; at += r->seg) {
			uint32_t n = r->len - at < r->seg ? r->len - at : r->seg;
			send(w, &r->route, q->bytes + r->at + at, n);
		}
	}
	dgramq_clear(q);
}

void world_collect(world *w)
{
	world_complete_saves(w);
	send_all(w, &w->ctx, from_client);
	send_all(w, &w->htx, from_home);
	for (unsigned i = 0; i < w->n_relays; i++) {
		send_all(w, &w->relays[i].out, from_relay);
		send_all(w, &w->relays[i].in, from_relay_inwards);
	}
	traffic_received(w, &w->down, &w->ctun);
	traffic_received(w, &w->up, &w->htun);
}

uint64_t world_next_us(const world *w)
{
	return w->flying ? w->flying->at_us : UINT64_MAX;
}

void world_deliver(world *w)
{
	while (w->flying && w->flying->at_us <= w->us) {
		packet *k = w->flying;
		w->flying = k->next;
		dgram_in d = { .sock = k->sock,
			       .ifindex = k->ifindex,
			       .from = k->from,
			       .local = k->local,
			       .local_port = k->local_port,
			       .p = k->p,
			       .n = k->n };
		relay_core *r = w->relays[k->relay].core;
		core_time relay_now = world_relay_time(w, k->relay);
		if (k->to == TO_RELAY && r)
			relay_core_from_client(r, relay_now, &d);
		else if (k->to == HOME_TO_RELAY && r)
			relay_core_from_home(r, relay_now, &d);
		else if (k->to == TO_RELAY || k->to == HOME_TO_RELAY)
			; /* nobody there */
		else if (k->to != TO_CLIENT)
			home_core_datagram(w->home, world_home_time(w), &d);
		else if (site_of(w, k->sock) >= 0 && w->sites[site_of(w, k->sock)].plugged)
			client_core_datagram(w->client, world_client_time(w), &d);
		world_collect(w); /* what was received lies in the packet */
		free(k);
	}
}

void world_net_free(world *w)
{
	while (w->flying) {
		packet *k = w->flying;
		w->flying = k->next;
		free(k);
	}
}

void world_send_to_home(world *w, const endpoint *from, const endpoint *to, const uint8_t *p,
			size_t n)
{
	packet *k = make(p, n);

	k->to = TO_HOME;
	k->at_us = w->us;
	k->sock = to->port == 434 ? HOME_SOCK_434 : HOME_SOCK_4500;
	k->ifindex = 3;
	k->from = *from;
	k->local = to->addr;
	fly(w, k);
}

void world_send_to_client(world *w, uint32_t sock, const uint8_t *p, size_t n)
{
	packet *k = make(p, n);

	k->to = TO_CLIENT;
	k->at_us = w->us;
	k->sock = sock;
	k->from = (endpoint){ .addr = ip4(203, 0, 113, 2), .port = 4500 };
	fly(w, k);
}
