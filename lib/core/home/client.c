/* SPDX-License-Identifier: MIT */
/* client.c - the clients the home agent knows, and what they are found by. */
#include "core/home/priv.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>

bool home_random(void *out, size_t n)
{
	return RAND_bytes(out, (int)n) == 1;
}

const ip_addr *home_address4(const home_client *c)
{
	return c->conf.home4.len ? &c->conf.home4 : &c->state.lease4;
}

const ip_addr *home_address6(const home_client *c)
{
	return c->conf.home6.len ? &c->conf.home6 : &c->state.lease6;
}

home_client *home_client_at(const home_core *h, const ip_addr *a)
{
	return a->len ? map_get(h->by_address, map_key_bytes(a->b, a->len)) : NULL;
}

uint32_t home_pick_pseudonym(const home_core *h)
{
	uint32_t spi;

	do {
		if (!home_random(&spi, sizeof spi))
			return 0;
	} while (spi < ESP_MIN_SPI || map_get(h->by_pseudonym, map_key_u32(spi)));
	return spi;
}

/* The same key twice for one client is fine; for two it is not. */
static bool index_put(map *m, map_key k, home_client *c)
{
	home_client *there = map_get(m, k);

	return there ? there == c : map_put(m, k, c);
}

static bool index_spi(home_core *h, uint32_t spi, home_client *c)
{
	return spi == 0 || index_put(h->by_pseudonym, map_key_u32(spi), c);
}

static bool index_address(home_core *h, const ip_addr *a, home_client *c)
{
	return a->len == 0 || index_put(h->by_address, map_key_bytes(a->b, a->len), c);
}

static bool index_client(home_core *h, home_client *c)
{
	return index_spi(h, c->conf.spi, c) && index_spi(h, c->state.spi_now, c) &&
	       index_spi(h, c->state.spi_before, c) && index_address(h, home_address4(c), c) &&
	       index_address(h, home_address6(c), c);
}

static void index_del(map *m, map_key k, const home_client *c)
{
	if (map_get(m, k) == c)
		map_del(m, k);
}

static void unindex(home_core *h, const home_client *c)
{
	const uint32_t spis[] = { c->conf.spi, c->state.spi_now, c->state.spi_before };
	const ip_addr *addresses[] = { home_address4(c), home_address6(c) };

	for (size_t i = 0; i < 3; i++)
		index_del(h->by_pseudonym, map_key_u32(spis[i]), c);
	for (size_t i = 0; i < 2; i++)
		if (addresses[i]->len)
			index_del(h->by_address, map_key_bytes(addresses[i]->b, addresses[i]->len),
				  c);
}

/* Other configuration or state under which a client is found. On failure it is found as before: its
 * former entries were there, and putting them back needs no more room than taking them out freed. */
static bool reindex(home_core *h, home_client *c, const home_client_conf *conf,
		    const home_client_state *state)
{
	const home_client_conf old_conf = c->conf;
	const home_client_state old_state = c->state;

	unindex(h, c);
	c->conf = *conf;
	c->state = *state;
	if (index_client(h, c))
		return true;
	unindex(h, c);
	c->conf = old_conf;
	c->state = old_state;
	index_client(h, c);
	return false;
}

bool home_client_adopt(home_core *h, home_client *c, const home_client_state *s)
{
	const home_client_conf same = c->conf;

	return reindex(h, c, &same, s);
}

static void link_client(home_core *h, home_client *c)
{
	c->next = h->clients;
	if (h->clients)
		h->clients->prev = c;
	h->clients = c;
	h->count.clients++;
}

static void unlink_client(home_core *h, home_client *c)
{
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		h->clients = c->next;
	h->count.clients--;
}

static void wipe_client(home_client *c)
{
	OPENSSL_cleanse(c, sizeof *c);
	free(c);
}

static bool taken(err *e, const home_client_conf *c)
{
	return err_set(e, ERR_LIMIT,
		       "%s: its address or SPI belongs to another client, or no memory", c->nai);
}

static bool derive_keys(const home_client_conf *c, key0_set *out)
{
	bool ok = key0_set_derive(c->key0, out);

	out->auth = c->auth;
	return ok;
}

static void set_limits(home_client *c)
{
	c->resyncs.per_s = HOME_RESYNCS_PER_S;
	c->resyncs.burst = HOME_RESYNCS_BURST;
	c->stale.per_s = HOME_STALE_OF_CLIENT_PER_S;
	c->stale.burst = HOME_STALE_OF_CLIENT_BURST;
	c->grants.per_s = HOME_GRANTS_PER_S;
	c->grants.burst = HOME_GRANTS_BURST;
}

static bool add_client(home_core *h, const home_client_conf *conf, const home_client_state *s,
		       err *e)
{
	home_client *c = calloc(1, sizeof *c);

	if (!c)
		return err_set(e, ERR_LIMIT, "no memory for client %s", conf->nai);
	c->conf = *conf;
	if (s)
		c->state = *s;
	set_limits(c);
	if (!derive_keys(conf, &c->keys) || !reg_derive_handle(conf->key0, &c->change.handle)) {
		wipe_client(c);
		return err_set(e, ERR_CRYPTO, "%s: keys could not be derived", conf->nai);
	}
	/* A timer of its own from the start: later there is no moment at which it could be refused. */
	if (!index_client(h, c) || !timerq_set(&h->timers, &c->timer, UINT64_MAX) ||
	    !map_put(h->by_id, map_key_bytes(conf->id, CLIENT_ID_LEN), c)) {
		timerq_cancel(&h->timers, &c->timer);
		unindex(h, c);
		wipe_client(c);
		return taken(e, conf);
	}
	link_client(h, c);
	home_changed(h, c);
	return true;
}

/* What was agreed under other credentials or for another address is void. */
static bool agreement_stands(const home_client *c, const home_client_conf *n)
{
	return bytes_equal_ct(c->conf.key0, n->key0, KEY0_LEN) &&
	       ip_equal(&c->conf.home4, &n->home4) && ip_equal(&c->conf.home6, &n->home6) &&
	       strcmp(c->conf.nai, n->nai) == 0;
}

static bool update_client(home_core *h, home_client *c, const home_client_conf *n, err *e)
{
	const home_client_state same = c->state;
	key0_set keys;

	if (!derive_keys(n, &keys))
		return err_set(e, ERR_CRYPTO, "%s: keys could not be derived", n->nai);
	if (!agreement_stands(c, n))
		home_bind_drop(h, c, NULL);
	bool ok = reindex(h, c, n, &same);
	if (ok) {
		c->keys = keys;
		home_changed(h, c);
	}
	key0_set_wipe(&keys);
	return ok ? true : taken(e, n);
}

bool home_core_client_put(home_core *h, const home_client_conf *c, const home_client_state *s,
			  err *e)
{
	home_client *there = map_get(h->by_id, map_key_bytes(c->id, CLIENT_ID_LEN));

	return there ? update_client(h, there, c, e) : add_client(h, c, s, e);
}

static void remove_client(home_core *h, home_client *c)
{
	home_bind_drop(h, c, NULL);
	home_change_gone(h, c);
	timerq_cancel(&h->timers, &c->timer);
	unindex(h, c);
	map_del(h->by_id, map_key_bytes(c->conf.id, CLIENT_ID_LEN));
	unlink_client(h, c);
	wipe_client(c);
}

bool home_core_client_remove(home_core *h, const uint8_t id[CLIENT_ID_LEN])
{
	home_client *c = map_get(h->by_id, map_key_bytes(id, CLIENT_ID_LEN));

	if (c)
		remove_client(h, c);
	return c != NULL;
}

void home_core_each_client(const home_core *h, void (*each)(void *ctx, const home_client_conf *c),
			   void *ctx)
{
	for (const home_client *c = h->clients; c; c = c->next)
		each(ctx, &c->conf);
}

bool home_core_address_taken(const home_core *h, const ip_addr *a)
{
	return home_client_at(h, a) != NULL;
}
