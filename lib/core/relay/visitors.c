/* SPDX-License-Identifier: MIT */
#include "core/relay/visitors.h"

#include "proto/mip.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

/* An entry outlives the registration, so that its port stands for nobody else while home still sends there. */
enum { GRACE_MS = 5000 };

bool relay_visitors_init(relay_visitors *t, const relay_conf *c)
{
	uint64_t seed[2];

	*t = (relay_visitors){ .conf = c };
	if (RAND_bytes((uint8_t *)seed, sizeof seed) != 1 ||
	    RAND_bytes((uint8_t *)&t->port_cursor, sizeof t->port_cursor) != 1)
		return false;
	t->by_endpoint = map_new(seed[0]);
	t->by_session = map_new(seed[1]);
	t->ports = calloc(65536, sizeof(relay_visitor *));
	return t->by_endpoint && t->by_session && t->ports;
}

void relay_visitors_free(relay_visitors *t)
{
	for (uint32_t p = 0; t->ports && p < 65536; p++)
		if (t->ports[p])
			relay_visitors_remove(t, t->ports[p]);
	map_free(t->by_endpoint);
	map_free(t->by_session);
	timerq_free(&t->timers);
	free(t->ports);
}

/* Exact for IPv4. An IPv6 address and a port are longer than a key: what is found is compared. */
static map_key endpoint_key(uint32_t sock, const endpoint *e)
{
	uint64_t rest = (uint64_t)sock << 16 | e->port;

	if (e->addr.len == 4)
		return (map_key){ rest, (uint64_t)load_be32(e->addr.b) << 32 | 4 };
	return (map_key){ load_be64(e->addr.b) ^ rest << 24, load_be64(e->addr.b + 8) };
}

static bool is_from(const relay_visitor *v, const dgram_in *d)
{
	return v->back.sock == d->sock && v->client.port == d->from.port &&
	       ip_equal(&v->client.addr, &d->from.addr) && v->client.scope == d->from.scope;
}

relay_visitor *relay_visitors_find(relay_visitors *t, const dgram_in *d)
{
	if (t->recent && is_from(t->recent, d))
		return t->recent;
	relay_visitor *v = map_get(t->by_endpoint, endpoint_key(d->sock, &d->from));
	if (!v || !is_from(v, d))
		return NULL;
	t->recent = v;
	return v;
}

relay_visitor *relay_visitors_find_session(const relay_visitors *t, uint32_t spi)
{
	return map_get(t->by_session, map_key_u32(spi));
}

static void pending_add(relay_visitors *t, relay_visitor *v)
{
	v->older = t->newest_pending;
	v->newer = NULL;
	if (v->older)
		v->older->newer = v;
	else
		t->oldest_pending = v;
	t->newest_pending = v;
	t->n_pending++;
}

static void pending_remove(relay_visitors *t, relay_visitor *v)
{
	*(v->older ? &v->older->newer : &t->oldest_pending) = v->newer;
	*(v->newer ? &v->newer->older : &t->newest_pending) = v->older;
	t->n_pending--;
}

static void owner_add(relay_entries *owner, relay_visitor *v)
{
	v->owner = owner;
	v->next = owner->first;
	owner->first = v;
	owner->n++;
}

static void owner_remove(relay_visitor *v)
{
	relay_visitor **at = &v->owner->first;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	v->owner->n--;
}

static void session_remove(relay_visitors *t, const relay_visitor *v)
{
	if (v->key3.spi && relay_visitors_find_session(t, v->key3.spi) == v)
		map_del(t->by_session, map_key_u32(v->key3.spi));
}

void relay_visitors_remove(relay_visitors *t, relay_visitor *v)
{
	if (v->registered)
		t->n_registered--;
	else
		pending_remove(t, v);
	if (t->recent == v)
		t->recent = NULL;
	session_remove(t, v);
	owner_remove(v);
	timerq_cancel(&t->timers, &v->timer);
	map_del(t->by_endpoint, endpoint_key(v->back.sock, &v->client));
	t->ports[v->port] = NULL;
	OPENSSL_cleanse(v, sizeof *v);
	free(v);
}

void relay_visitors_remove_all(relay_visitors *t, relay_entries *owner)
{
	relay_visitor *next;

	for (relay_visitor *v = owner->first; v; v = next) {
		next = v->next;
		relay_visitors_remove(t, v);
	}
}

/* In turn, so that a port that was given back rests as long as possible. 0: none is free. */
static uint16_t take_port(relay_visitors *t)
{
	for (uint32_t i = 0; i < 65536; i++) {
		uint16_t p = ++t->port_cursor;
		if (p >= RELAY_PORT_FIRST && p != MIP_ESP_PORT && !t->ports[p])
			return p;
	}
	return 0;
}

static bool is_full(const relay_visitors *t)
{
	return t->n_registered + t->n_pending >= t->conf->max_visitors;
}

static bool make_room(relay_visitors *t, relay_entries *owner)
{
	if (owner->n >= RELAY_ENTRIES_OF_CLIENT) {
		relay_visitor *last = owner->first;
		while (last->next)
			last = last->next;
		relay_visitors_remove(t, last);
	}
	if (is_full(t) && t->oldest_pending)
		relay_visitors_remove(t, t->oldest_pending);
	return !is_full(t);
}

/* Finds a port and a place for the timer, so that nothing fails later. */
static relay_visitor *make(relay_visitors *t, const dgram_in *d)
{
	relay_visitor *v = calloc(1, sizeof *v);
	uint16_t port = v ? take_port(t) : 0;

	if (port == 0 || !timerq_set(&t->timers, &v->timer, UINT64_MAX)) {
		free(v);
		return NULL;
	}
	v->client = d->from;
	v->back = (dgram_route){ .sock = d->sock, .to = d->from, .from = d->local };
	v->port = port;
	v->expires_ms = UINT64_MAX;
	relay_outstanding_init(&v->outstanding);
	return v;
}

relay_visitor *relay_visitors_add(relay_visitors *t, const dgram_in *d, relay_entries *owner)
{
	map_key k = endpoint_key(d->sock, &d->from);
	/* Not where an IPv6 address happens to have another's key. */
	relay_visitor *v = !map_get(t->by_endpoint, k) && make_room(t, owner) ? make(t, d) : NULL;

	if (!v)
		return NULL;
	if (!map_put(t->by_endpoint, k, v)) {
		timerq_cancel(&t->timers, &v->timer);
		free(v);
		return NULL;
	}
	t->ports[v->port] = v;
	owner_add(owner, v);
	pending_add(t, v);
	return v;
}

static void schedule(relay_visitors *t, relay_visitor *v)
{
	uint64_t silent = relay_outstanding_timer_ms(&v->outstanding);

	timerq_set(&t->timers, &v->timer, silent < v->expires_ms ? silent : v->expires_ms);
}

void relay_visitors_await(relay_visitors *t, relay_visitor *v, uint64_t now_ms,
			  const relay_request *q)
{
	relay_outstanding_add(&v->outstanding, now_ms, q);
	schedule(t, v);
}

bool relay_visitors_register(relay_visitors *t, relay_visitor *v, uint64_t now_ms,
			     uint32_t lifetime_s, const reg_key3 *k)
{
	if (!map_put(t->by_session, map_key_u32(k->spi), v))
		return false;
	if (v->key3.spi != k->spi)
		session_remove(t, v);
	v->key3 = *k;
	if (!v->registered) {
		pending_remove(t, v);
		t->n_registered++;
	}
	v->registered = true;
	v->expires_ms = now_ms + lifetime_s * 1000ull + GRACE_MS;
	owner_remove(v);
	owner_add(v->owner, v);
	schedule(t, v);
	return true;
}

void relay_visitors_settle(relay_visitors *t, relay_visitor *v, const relay_request *q)
{
	if (v->registered)
		relay_outstanding_stop(&v->outstanding);
	relay_visitors_give_up(t, v, q);
}

void relay_visitors_give_up(relay_visitors *t, relay_visitor *v, const relay_request *q)
{
	relay_outstanding_remove(&v->outstanding, q);
	if (v->registered || relay_outstanding_oldest(&v->outstanding))
		schedule(t, v);
	else
		relay_visitors_remove(t, v);
}

relay_visitor *relay_visitors_expire(relay_visitors *t, uint64_t now_ms)
{
	timer_entry *e;

	while ((e = timerq_pop(&t->timers, now_ms))) {
		relay_visitor *v = (relay_visitor *)((char *)e - offsetof(relay_visitor, timer));
		if (now_ms < v->expires_ms)
			return v;
		relay_visitors_remove(t, v);
	}
	return NULL;
}

uint64_t relay_visitors_next_timer_ms(const relay_visitors *t)
{
	return timerq_next_ms(&t->timers);
}

uint32_t relay_visitor_left_s(const relay_visitor *v, uint64_t now_ms)
{
	uint64_t end = v->expires_ms - GRACE_MS;

	return end > now_ms ? (uint32_t)((end - now_ms) / 1000) : 0;
}
