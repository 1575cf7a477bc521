/* SPDX-License-Identifier: MIT */
#include "core/home/core.h"

#include "core/home/inbound.h"
#include "core/home/outbound.h"
#include "core/home/request.h"
#include <stdlib.h>

struct home_core {
	const home_conf *conf;
	home_env env;
	home_peers peers;
	home_notices notices;
	home_places places;
	home_presence presence;
	home_links links;
	home_refusals refusals;
	home_registrar registrar;
	home_requests requests;
	home_inbound inbound;
	home_outbound outbound;
};

static bool open_parts(home_core *h, const logger *log, dgramq *tx, join *tun)
{
	if (!home_peers_open(&h->peers))
		return false;
	h->notices = (home_notices){ .conf = h->conf, .log = log, .tx = tx };
	h->places = (home_places){ .env = &h->env };
	h->presence = (home_presence){ .env = &h->env,
				       .log = log,
				       .sas = h->peers.sas,
				       .notices = &h->notices,
				       .places = &h->places };
	h->links = (home_links){ .conf = h->conf, .log = log, .tx = tx, .store = h->peers.sas };
	h->registrar = (home_registrar){ .conf = h->conf,
					 .env = &h->env,
					 .log = log,
					 .tx = tx,
					 .peers = &h->peers,
					 .links = &h->links,
					 .refusals = &h->refusals };
	h->requests = (home_requests){ .conf = h->conf,
				       .log = log,
				       .refusals = &h->refusals,
				       .peers = &h->peers,
				       .registrar = &h->registrar };
	h->inbound = (home_inbound){
		.conf = h->conf, .tx = tx, .tun = tun, .sas = h->peers.sas, .presence = &h->presence
	};
	h->outbound = (home_outbound){ .conf = h->conf, .tx = tx, .tun = tun, .sas = h->peers.sas };
	home_refusals_open(&h->refusals, h->conf, tx);
	home_requests_open(&h->requests);
	home_inbound_open(&h->inbound);
	return home_notices_open(&h->notices) && home_links_open(&h->links) &&
	       home_registrar_open(&h->registrar, &h->presence);
}

home_core *home_core_new(const home_conf *c, const home_env *env, const logger *log, dgramq *tx,
			 join *tun, err *e)
{
	home_core *h = calloc(1, sizeof *h);

	if (!h) {
		err_set(e, ERR_LIMIT, "no memory for the home agent");
		return NULL;
	}
	h->conf = c;
	h->env = *env;
	if (open_parts(h, log, tx, tun))
		return h;
	err_set(e, ERR_LIMIT, "no memory or no random numbers for the home agent");
	home_core_free(h);
	return NULL;
}

void home_core_free(home_core *h)
{
	if (!h)
		return;
	while (h->peers.first)
		home_clients_remove(&h->registrar.clients, h->peers.first);
	home_registrar_close(&h->registrar);
	home_links_close(&h->links);
	home_presence_close(&h->presence);
	home_notices_close(&h->notices);
	home_peers_close(&h->peers);
	free(h);
}

/* --- clients --- */

bool home_core_client_put(home_core *h, const home_client_conf *c, const home_client_state *s,
			  err *e)
{
	return home_clients_put(&h->registrar.clients, c, s, e) != NULL;
}

bool home_core_client_remove(home_core *h, const uint8_t id[CLIENT_ID_LEN])
{
	home_peer *p = home_peers_find(&h->peers, id);

	if (p)
		home_clients_remove(&h->registrar.clients, p);
	return p != NULL;
}

void home_core_each_client(const home_core *h,
			   void (*each)(void *ctx, const uint8_t id[CLIENT_ID_LEN],
					const char *nai),
			   void *ctx)
{
	for (const home_peer *p = h->peers.first; p; p = p->next)
		each(ctx, p->id, p->nai);
}

/* --- events --- */

static void dispatch(home_core *h, core_time now, const dgram_in *d)
{
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		home_inbound_receive(&h->inbound, now, d);
		break;
	case DGRAM_REQUEST:
		home_requests_receive(&h->requests, now, d);
		break;
	default: /* keepalives have done their work at the NAT; the rest is not for a home agent */
		break;
	}
}

/* A relay's own port is the relay; its others stand for clients. */
void home_core_datagram(home_core *h, core_time now, const dgram_in *d)
{
	bool by_relay = d->sock >= DGRAM_RELAY;
	uint32_t i = d->sock - DGRAM_RELAY;

	if (by_relay && i >= h->conf->n_relays)
		return;
	if (!by_relay || d->from.port != MIP_PORT || !home_links_receive(&h->links, i, now, d))
		dispatch(h, now, d);
}

void home_core_packet(home_core *h, core_time now, uint8_t *in, size_t n)
{
	home_outbound_send(&h->outbound, now, in, n);
}

void home_core_complete(home_core *h, core_time now, uint64_t number, const home_answer *a)
{
	home_registrar_complete(&h->registrar, now, number, a);
}

void home_core_tick(home_core *h, core_time now)
{
	home_presence_tick(&h->presence, now.ms);
	home_registrar_tick(&h->registrar, now);
	home_links_tick(&h->links, now);
	home_notices_tick(&h->notices, now);
	home_places_tick(&h->places, now);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t home_core_next_timer_ms(const home_core *h)
{
	uint64_t next = earlier(home_presence_next_timer_ms(&h->presence),
				home_registrar_next_timer_ms(&h->registrar));

	next = earlier(next, home_links_next_timer_ms(&h->links));
	next = earlier(next, home_notices_next_timer_ms(&h->notices));
	return earlier(next, home_places_next_timer_ms(&h->places));
}

/* --- reports --- */

void home_core_each_binding(const home_core *h, core_time now,
			    void (*each)(void *ctx, const home_binding_status *s), void *ctx)
{
	for (const home_peer *p = h->peers.first; p; p = p->next) {
		if (p->bindings.n == 0 && !p->bindings.at_home)
			continue;
		home_binding_status s = home_status_of(p, h->conf->link_mtu, now.ms);
		each(ctx, &s);
	}
}

static home_register_counters sum(const home_register_counters *a, const home_register_counters *b)
{
	return (home_register_counters){
		.accepted = a->accepted + b->accepted,
		.denied_unknown = a->denied_unknown + b->denied_unknown,
		.denied_auth = a->denied_auth + b->denied_auth,
		.denied_replay = a->denied_replay + b->denied_replay,
		.denied_malformed = a->denied_malformed + b->denied_malformed,
		.denied_policy = a->denied_policy + b->denied_policy,
	};
}

home_counters home_core_counters(const home_core *h)
{
	return (home_counters){ .clients = h->peers.n,
				.notices_sent = h->notices.sent,
				.in_progress = h->registrar.txns.n + h->registrar.txns.strangers.n,
				.registrations = sum(&h->requests.count, &h->registrar.count),
				.inbound = h->inbound.count,
				.outbound = h->outbound.count };
}

bool home_core_relays_changed(home_core *h)
{
	home_registrar_cancel_relayed(&h->registrar);
	return home_links_restart(&h->links);
}

home_relay_status home_core_relay(const home_core *h, unsigned i)
{
	return home_links_status(&h->links, i);
}
