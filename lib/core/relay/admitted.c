/* SPDX-License-Identifier: MIT */
#include "core/relay/admitted.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

/* Of one client; recordings of requests that home has not accepted are among them. */
enum { REQUESTS_PER_S = 100, REQUESTS_BURST = 400 };

bool relay_admitted_init(relay_admitted *a)
{
	uint64_t seed[2];

	*a = (relay_admitted){ 0 };
	if (RAND_bytes((uint8_t *)seed, sizeof seed) != 1)
		return false;
	a->by_handle = map_new(seed[0]);
	a->by_spi = map_new(seed[1]);
	return a->by_handle && a->by_spi;
}

void relay_admitted_free(relay_admitted *a)
{
	relay_client *next;

	for (relay_client *c = a->first; c; c = next) {
		next = c->next;
		relay_admitted_remove(a, c);
	}
	map_free(a->by_handle);
	map_free(a->by_spi);
}

static map_key handle_key(uint64_t handle)
{
	return (map_key){ 0, handle };
}

relay_client *relay_admitted_find(const relay_admitted *a, uint64_t handle)
{
	return map_get(a->by_handle, handle_key(handle));
}

relay_client *relay_admitted_find_spi(const relay_admitted *a, uint32_t spi)
{
	return map_get(a->by_spi, map_key_u32(spi));
}

relay_client *relay_client_of(relay_entries *e)
{
	return (relay_client *)((char *)e - offsetof(relay_client, entries));
}

relay_client *relay_admitted_add(relay_admitted *a, uint64_t handle)
{
	relay_client *c = calloc(1, sizeof *c);

	if (!c || !map_put(a->by_handle, handle_key(handle), c)) {
		free(c);
		return NULL;
	}
	c->handle = handle;
	c->requests = (rate_limit){ .per_s = REQUESTS_PER_S, .burst = REQUESTS_BURST };
	c->next = a->first;
	if (a->first)
		a->first->prev = c;
	a->first = c;
	a->n++;
	return c;
}

static void unindex_spis(relay_admitted *a, const relay_client *c)
{
	for (int i = 0; i < LINK_SPIS; i++)
		if (c->spis[i] && relay_admitted_find_spi(a, c->spis[i]) == c)
			map_del(a->by_spi, map_key_u32(c->spis[i]));
}

static bool index_spis(relay_admitted *a, relay_client *c)
{
	bool ok = true;

	for (int i = 0; i < LINK_SPIS; i++)
		ok &= !c->spis[i] || map_put(a->by_spi, map_key_u32(c->spis[i]), c);
	return ok;
}

bool relay_admitted_update(relay_admitted *a, relay_client *c, const link_entry *e)
{
	bool is_another = !bytes_equal_ct(c->key3, e->key3, KEY3_LEN);

	unindex_spis(a, c);
	memcpy(c->spis, e->spis, sizeof c->spis);
	memcpy(c->key3, e->key3, KEY3_LEN);
	if (is_another || e->last_id > c->last_id)
		c->last_id = e->last_id;
	c->generation = a->generation;
	return index_spis(a, c);
}

void relay_admitted_remove(relay_admitted *a, relay_client *c)
{
	unindex_spis(a, c);
	map_del(a->by_handle, handle_key(c->handle));
	if (c->next)
		c->next->prev = c->prev;
	*(c->prev ? &c->prev->next : &a->first) = c->next;
	a->n--;
	OPENSSL_cleanse(c, sizeof *c);
	free(c);
}

void relay_admitted_begin(relay_admitted *a)
{
	a->generation++;
}

bool relay_admitted_is_stale(const relay_admitted *a, const relay_client *c)
{
	return c->generation != a->generation;
}

void relay_client_accepted(relay_client *c, uint64_t id)
{
	if (id > c->last_id)
		c->last_id = id;
}

bool relay_client_take_request(relay_client *c, uint64_t now_ms)
{
	return rate_take(&c->requests, now_ms);
}
