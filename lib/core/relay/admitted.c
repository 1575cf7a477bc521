/* SPDX-License-Identifier: MIT */
/* admitted.c - the clients that may register here, as home tells: its list from the beginning when
 * the link is new, then every change. */
#include "core/relay/priv.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static map_key handle_key(uint64_t handle)
{
	return (map_key){ 0, handle };
}

relay_client *relay_client_by_spi(const relay_core *r, uint32_t spi)
{
	return map_get(r->by_spi, map_key_u32(spi));
}

static void unindex(relay_core *r, const relay_client *c)
{
	for (int i = 0; i < LINK_SPIS; i++)
		if (c->spis[i] && relay_client_by_spi(r, c->spis[i]) == c)
			map_del(r->by_spi, map_key_u32(c->spis[i]));
}

static bool index_spis(relay_core *r, relay_client *c)
{
	bool ok = true;

	for (int i = 0; i < LINK_SPIS; i++)
		ok &= !c->spis[i] || map_put(r->by_spi, map_key_u32(c->spis[i]), c);
	return ok;
}

static void drop(relay_core *r, relay_client *c)
{
	while (c->visitors)
		relay_visitor_free(r, c->visitors);
	unindex(r, c);
	map_del(r->by_handle, handle_key(c->handle));
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		r->clients = c->next;
	r->count.admitted--;
	OPENSSL_cleanse(c, sizeof *c);
	free(c);
}

void relay_clients_free(relay_core *r)
{
	while (r->clients)
		drop(r, r->clients);
}

static relay_client *add(relay_core *r, uint64_t handle)
{
	relay_client *c = calloc(1, sizeof *c);

	if (!c || !map_put(r->by_handle, handle_key(handle), c)) {
		free(c);
		return NULL;
	}
	c->handle = handle;
	c->resyncs = (rate_limit){ .per_s = RELAY_RESYNCS_PER_S, .burst = RELAY_RESYNCS_BURST };
	c->next = r->clients;
	if (r->clients)
		r->clients->prev = c;
	r->clients = c;
	r->count.admitted++;
	return c;
}

/* Another key is another client under an old name: nothing of the former holds. */
static bool take_key(relay_core *r, relay_client *c, const uint8_t key3[KEY3_LEN])
{
	static const uint8_t none[KEY3_LEN];
	bool changed = !bytes_equal_ct(c->key3, key3, KEY3_LEN);

	if (changed && !bytes_equal_ct(c->key3, none, KEY3_LEN))
		while (c->visitors)
			relay_visitor_free(r, c->visitors);
	memcpy(c->key3, key3, KEY3_LEN);
	return changed;
}

/* False: no memory; the message is not acknowledged and comes again. */
static bool apply(relay_core *r, const link_entry *e)
{
	relay_client *c = map_get(r->by_handle, handle_key(e->handle));

	if (e->flags & LINK_ENTRY_REMOVED) {
		if (c)
			drop(r, c);
		return true;
	}
	if (!c && !(c = add(r, e->handle)))
		return false;
	unindex(r, c);
	memcpy(c->spis, e->spis, sizeof c->spis);
	if (take_key(r, c, e->key3) || e->last_id > c->last_id)
		c->last_id = e->last_id;
	c->generation = r->generation;
	return index_spis(r, c);
}

static void sweep(relay_core *r)
{
	relay_client *next;

	for (relay_client *c = r->clients; c; c = next) {
		next = c->next;
		if (c->generation != r->generation)
			drop(r, c);
	}
}

static bool apply_all(relay_core *r, wire_rd *msg, unsigned n)
{
	link_entry e;
	bool ok = true;

	for (unsigned i = 0; i < n && ok; i++)
		ok = link_entry_get(msg, &e) && apply(r, &e);
	OPENSSL_cleanse(&e, sizeof e);
	return ok;
}

static void complete(relay_core *r)
{
	sweep(r);
	if (!r->told_all)
		log_info(r->log, "home told us its clients: %u may register", r->count.admitted);
	r->told_all = true;
}

void relay_admit(relay_core *r, wire_rd *msg)
{
	relay_link *l = &r->link;
	link_admit m;

	if (!link_admit_get(msg, &m))
		return;
	if (!l->begun && m.from == 0) {
		l->begun = true;
		l->version = 0;
		r->generation++;
	}
	bool in_order = l->begun && m.from <= l->version && m.to >= l->version;
	if (!in_order || !apply_all(r, msg, m.count))
		return;
	l->version = m.to;
	if (m.flags & LINK_ALL_TOLD)
		complete(r);
}
