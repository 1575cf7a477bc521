/* SPDX-License-Identifier: MIT */
/* visitors.c - the table of entries: which port stands for which client's address and port, whose
 * it is, and until when. */
#include "core/relay/priv.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* Exact for IPv4. An IPv6 address and a port are longer than a key: what is found is compared. */
static map_key endpoint_key(const dgram_in *d)
{
	const uint8_t *b = d->from.addr.b;
	uint64_t rest = (uint64_t)d->sock << 16 | d->from.port;

	if (d->from.addr.len == 4)
		return (map_key){ rest, (uint64_t)load_be32(b) << 32 | 4 };
	return (map_key){ load_be64(b) ^ rest << 24, load_be64(b + 8) };
}

static bool is_from(const relay_visitor *v, const dgram_in *d)
{
	return v->back.sock == d->sock && v->client.port == d->from.port &&
	       ip_equal(&v->client.addr, &d->from.addr) && v->client.scope == d->from.scope;
}

relay_visitor *relay_visitor_of(relay_core *r, const dgram_in *d)
{
	if (r->recent && is_from(r->recent, d))
		return r->recent;
	relay_visitor *v = map_get(r->by_endpoint, endpoint_key(d));
	if (!v || !is_from(v, d))
		return NULL;
	r->recent = v;
	return v;
}

static void pending_add(relay_core *r, relay_visitor *v)
{
	v->older = r->newest_pending;
	v->newer = NULL;
	if (v->older)
		v->older->newer = v;
	else
		r->oldest_pending = v;
	r->newest_pending = v;
	r->count.pending++;
}

static void pending_remove(relay_core *r, relay_visitor *v)
{
	*(v->older ? &v->older->newer : &r->oldest_pending) = v->newer;
	*(v->newer ? &v->newer->older : &r->newest_pending) = v->older;
	v->older = v->newer = NULL;
	r->count.pending--;
}

static void owner_remove(relay_visitor *v)
{
	relay_visitor **at = &v->owner->visitors;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	v->owner->n_visitors--;
}

static void owner_add(relay_client *c, relay_visitor *v)
{
	v->owner = c;
	v->next = c->visitors;
	c->visitors = v;
	c->n_visitors++;
}

static map_key key_of(const relay_visitor *v)
{
	const dgram_in d = { .sock = v->back.sock, .from = v->client };

	return endpoint_key(&d);
}

static void session_remove(relay_core *r, const relay_visitor *v)
{
	map_key k = map_key_u32(v->key3.spi);

	if (v->key3.spi && map_get(r->by_session, k) == v)
		map_del(r->by_session, k);
}

void relay_visitor_free(relay_core *r, relay_visitor *v)
{
	if (v->registered)
		r->count.visitors--;
	else
		pending_remove(r, v);
	if (r->recent == v)
		r->recent = NULL;
	session_remove(r, v);
	owner_remove(v);
	timerq_cancel(&r->timers, &v->timer);
	map_del(r->by_endpoint, key_of(v));
	r->ports[v->port] = NULL;
	OPENSSL_cleanse(v, sizeof *v);
	free(v);
}

void relay_visitors_free(relay_core *r)
{
	for (uint32_t p = 0; r->ports && p < 65536; p++)
		if (r->ports[p])
			relay_visitor_free(r, r->ports[p]);
}

/* Round and round, so that a port that was given back rests as long as possible. 0: none is free. */
static uint16_t take_port(relay_core *r)
{
	for (uint32_t i = 0; i < 65536; i++) {
		uint16_t p = ++r->port_cursor;
		if (p >= RELAY_PORT_FIRST && p != MIP_ESP_PORT && !r->ports[p])
			return p;
	}
	return 0;
}

/* The client's entry that was accepted or asked for longest ago. */
static relay_visitor *last_of(const relay_client *c)
{
	relay_visitor *v = c->visitors;

	while (v && v->next)
		v = v->next;
	return v;
}

static bool make_room(relay_core *r, relay_client *owner)
{
	if (owner->n_visitors >= RELAY_ENTRIES_OF_CLIENT)
		relay_visitor_free(r, last_of(owner));
	if (r->count.visitors + r->count.pending < r->conf->max_visitors)
		return true;
	if (r->oldest_pending)
		relay_visitor_free(r, r->oldest_pending);
	return r->count.visitors + r->count.pending < r->conf->max_visitors;
}

static void fill(relay_visitor *v, const dgram_in *d, uint16_t port)
{
	v->client = d->from;
	v->back = (dgram_route){ .sock = d->sock, .to = d->from, .from = d->local };
	v->port = port;
	v->asked_ms = v->expires_ms = UINT64_MAX;
}

relay_visitor *relay_visitor_new(relay_core *r, const dgram_in *d, relay_client *owner)
{
	map_key k = endpoint_key(d);

	if (map_get(r->by_endpoint, k) || !make_room(r, owner))
		return NULL;
	relay_visitor *v = calloc(1, sizeof *v);
	uint16_t port = v ? take_port(r) : 0;
	if (port == 0 || !timerq_set(&r->timers, &v->timer, UINT64_MAX)) {
		free(v);
		return NULL;
	}
	if (!map_put(r->by_endpoint, k, v)) {
		timerq_cancel(&r->timers, &v->timer);
		free(v);
		return NULL;
	}
	fill(v, d, port);
	r->ports[port] = v;
	owner_add(owner, v);
	pending_add(r, v);
	return v;
}

bool relay_visitor_register(relay_core *r, core_time now, relay_visitor *v, uint32_t lifetime_s,
			    const reg_key3 *k)
{
	if (!map_put(r->by_session, map_key_u32(k->spi), v))
		return false;
	if (v->key3.spi != k->spi)
		session_remove(r, v);
	v->key3 = *k;
	if (!v->registered) {
		pending_remove(r, v);
		r->count.visitors++;
	}
	v->registered = true;
	v->expires_ms = now.ms + lifetime_s * 1000ull + RELAY_GRACE_MS;
	owner_remove(v);
	owner_add(v->owner, v);
	return true;
}

void relay_visitor_schedule(relay_core *r, relay_visitor *v)
{
	uint64_t silent = v->asked_ms == UINT64_MAX ? UINT64_MAX : v->asked_ms + RELAY_ANSWER_MS;

	timerq_set(&r->timers, &v->timer, silent < v->expires_ms ? silent : v->expires_ms);
}

static relay_visitor *owner_of(timer_entry *t)
{
	return (relay_visitor *)((char *)t - offsetof(relay_visitor, timer));
}

void relay_visitors_due(relay_core *r, core_time now)
{
	timer_entry *t;

	while ((t = timerq_pop(&r->timers, now.ms))) {
		relay_visitor *v = owner_of(t);
		if (now.ms >= v->expires_ms)
			relay_visitor_free(r, v);
		else
			relay_home_silent(r, now, v);
	}
}
