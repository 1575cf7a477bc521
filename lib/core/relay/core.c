/* SPDX-License-Identifier: MIT */
/* core.c - the relay's life, its clock, and who gets a datagram. */
#include "core/relay/priv.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

static rate_limit limit(uint32_t per_s, uint32_t burst)
{
	return (rate_limit){ .per_s = per_s, .burst = burst };
}

static bool make_tables(relay_core *r)
{
	map **const all[] = { &r->by_handle, &r->by_spi, &r->by_endpoint, &r->by_session };
	uint64_t seed[4];

	if (RAND_bytes((uint8_t *)seed, sizeof seed) != 1 ||
	    RAND_bytes((uint8_t *)&r->port_cursor, sizeof r->port_cursor) != 1)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!(*all[i] = map_new(seed[i])))
			return false;
	r->ports = calloc(65536, sizeof(relay_visitor *));
	return r->ports != NULL;
}

relay_core *relay_core_new(const relay_conf *c, const logger *log, dgramq *out, dgramq *in, err *e)
{
	relay_core *r = calloc(1, sizeof *r);

	if (!r) {
		err_set(e, ERR_LIMIT, "no memory for the relay");
		return NULL;
	}
	r->conf = c;
	r->log = log;
	r->out = out;
	r->in = in;
	r->answers = limit(RELAY_ANSWERS_PER_S, RELAY_ANSWERS_BURST);
	r->signed_answers = limit(RELAY_ANSWERS_PER_S, RELAY_ANSWERS_BURST);
	r->hints = limit(RELAY_HINTS_PER_S, RELAY_HINTS_BURST);
	r->log_strangers = limit(RELAY_LOG_PER_S, RELAY_LOG_BURST);
	r->link.rtt_ms = -1;
	if (make_tables(r) && key2_set_derive(c->key2, &r->key2))
		return r;
	err_set(e, ERR_LIMIT, "no memory or no randomness for the relay");
	relay_core_free(r);
	return NULL;
}

void relay_core_free(relay_core *r)
{
	if (!r)
		return;
	relay_visitors_free(r);
	relay_clients_free(r);
	relay_home_free(r);
	map_free(r->by_handle);
	map_free(r->by_spi);
	map_free(r->by_endpoint);
	map_free(r->by_session);
	timerq_free(&r->timers);
	free(r->ports);
	OPENSSL_cleanse(r, sizeof *r);
	free(r);
}

dgram_route relay_to_home(const relay_core *r, uint16_t from_port, uint16_t to_port)
{
	return (dgram_route){ .to = { .addr = r->conf->home, .port = to_port },
			      .from = r->conf->address,
			      .from_port = from_port };
}

void relay_core_from_client(relay_core *r, core_time now, const dgram_in *d)
{
	switch (dgram_classify(d->p, d->n)) {
	case DGRAM_ESP:
		relay_inwards(r, now, d);
		break;
	case DGRAM_REQUEST:
		relay_register(r, now, d);
		break;
	case DGRAM_KEEPALIVE: /* has done its work at the NAT */
		break;
	default:
		r->count.strangers++;
		break;
	}
}

/* Replies and packets; of home's own messages the one for a client that it does not know any more. */
static void for_visitor(relay_core *r, core_time now, const dgram_in *d)
{
	relay_visitor *v = r->ports[d->local_port];
	dgram_kind kind = dgram_classify(d->p, d->n);

	if (!v || d->from.port != MIP_ESP_PORT)
		return;
	if (kind == DGRAM_REPLY)
		relay_reply(r, now, v, d);
	else if (kind == DGRAM_ESP || (kind == DGRAM_OWN && d->p[0] == CTL_UNKNOWN_SPI))
		relay_outwards(r, v, d);
}

void relay_core_from_home(relay_core *r, core_time now, const dgram_in *d)
{
	if (!ip_equal(&d->from.addr, &r->conf->home) || !ip_equal(&d->local, &r->conf->address)) {
		r->count.not_from_home++;
		return;
	}
	if (d->local_port == RELAY_OWN_PORT)
		relay_home_datagram(r, now, d);
	else
		for_visitor(r, now, d);
}

void relay_core_tick(relay_core *r, core_time now)
{
	relay_home_tick(r, now);
	relay_visitors_due(r, now);
}

uint64_t relay_core_due_ms(const relay_core *r)
{
	uint64_t link = relay_home_due(r), visitors = timerq_due_ms(&r->timers);

	return link < visitors ? link : visitors;
}

void relay_core_status(const relay_core *r, relay_status *out)
{
	*out = r->count;
	out->link = r->link.state;
	out->told_all = r->told_all;
	out->home_rtt_ms = r->link.rtt_ms;
}

void relay_core_each_visitor(const relay_core *r, core_time now,
			     void (*each)(void *ctx, const relay_visitor_status *v), void *ctx)
{
	for (uint32_t port = RELAY_PORT_FIRST; port < 65536; port++) {
		const relay_visitor *v = r->ports[port];
		if (!v || !v->registered)
			continue;
		relay_visitor_status s = { .client = v->client,
					   .port = v->port,
					   .up_bytes = v->up_bytes,
					   .down_bytes = v->down_bytes };
		uint64_t end = v->expires_ms - RELAY_GRACE_MS;
		s.lifetime_s = end > now.ms ? (uint32_t)((end - now.ms) / 1000) : 0;
		each(ctx, &s);
	}
}
