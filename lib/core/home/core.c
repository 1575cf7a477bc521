/* SPDX-License-Identifier: MIT */
/* core.c - the home agent's life, its clock, and who gets a datagram. */
#include "core/home/priv.h"

#include <stdlib.h>

static rate_limit limit(uint32_t per_s, uint32_t burst)
{
	return (rate_limit){ .per_s = per_s, .burst = burst };
}

static void set_limits(home_core *h)
{
	h->answers = limit(HOME_ANSWERS_PER_S, HOME_ANSWERS_BURST);
	h->stale = limit(HOME_STALE_PER_S, HOME_STALE_BURST);
	h->hints = limit(HOME_HINTS_PER_S, HOME_HINTS_BURST);
	h->log_clients = limit(HOME_LOG_PER_S, HOME_LOG_BURST);
	h->log_strangers = limit(HOME_LOG_PER_S, HOME_LOG_BURST);
}

static bool make_maps(home_core *h)
{
	map **const all[] = { &h->by_id, &h->by_pseudonym, &h->by_address, &h->by_spi };
	uint64_t seed[4];

	if (!home_random(seed, sizeof seed))
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!(*all[i] = map_new(seed[i])))
			return false;
	return true;
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
	h->log = log;
	h->tx = tx;
	h->tun = tun;
	set_limits(h);
	if (make_maps(h) && home_relays_open(h))
		return h;
	err_set(e, ERR_LIMIT, "no memory or no randomness for the home agent");
	home_core_free(h);
	return NULL;
}

void home_core_free(home_core *h)
{
	if (!h)
		return;
	while (h->clients) {
		uint8_t id[CLIENT_ID_LEN];
		memcpy(id, h->clients->conf.id, sizeof id);
		home_core_client_remove(h, id);
	}
	home_relays_close(h);
	map_free(h->by_id);
	map_free(h->by_pseudonym);
	map_free(h->by_address);
	map_free(h->by_spi);
	timerq_free(&h->timers);
	free(h);
}

static void dispatch(home_core *h, core_time now, const dgram_in *d)
{
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		home_esp(h, now, d);
		break;
	case DGRAM_REQUEST:
		home_register(h, now, d);
		break;
	default: /* keepalives have done their work at the NAT; the rest is not for a home agent */
		break;
	}
}

/* A relay's own port is the relay; its others stand for clients. */
void home_core_datagram(home_core *h, core_time now, const dgram_in *d)
{
	home_relay *r = home_relay_of(h, d->sock);

	if (d->sock >= DGRAM_RELAY && !r)
		return;
	if (!r || d->from.port != MIP_PORT || !home_link_datagram(h, now, r, d))
		dispatch(h, now, d);
}

static home_client *owner_of(timer_entry *t)
{
	return (home_client *)((char *)t - offsetof(home_client, timer));
}

void home_core_tick(home_core *h, core_time now)
{
	timer_entry *t;

	while ((t = timerq_pop(&h->timers, now.ms)))
		home_bind_due(h, owner_of(t), now.ms);
	home_links_tick(h, now);
}

uint64_t home_core_due_ms(const home_core *h)
{
	uint64_t clients = timerq_due_ms(&h->timers), relays = home_links_due(h);

	return clients < relays ? clients : relays;
}
