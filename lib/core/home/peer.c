/* SPDX-License-Identifier: MIT */
#include "core/home/peer.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static const sa_rules rules = {
	.max_larval = 4, /* associations that the client has not used yet */
	.max_replaced = 4,
	.replaced_ms = 30000,
	.sends_larval = true,
};

home_peer *home_peer_of(const sa_set *set)
{
	return sa_set_owner(set, &rules);
}

bool home_peers_open(home_peers *all)
{
	uint64_t seed;

	if (RAND_bytes((uint8_t *)&seed, sizeof seed) != 1)
		return false;
	all->by_id = map_new(seed);
	all->sas = sa_store_new();
	return all->by_id && all->sas && home_addresses_open(&all->addresses) &&
	       home_credentials_open(&all->credentials);
}

void home_peers_close(home_peers *all)
{
	home_credentials_close(&all->credentials);
	sa_store_free(all->sas);
	home_addresses_close(&all->addresses);
	map_free(all->by_id);
}

home_peer *home_peers_find(const home_peers *all, const uint8_t id[CLIENT_ID_LEN])
{
	return map_get(all->by_id, map_key_bytes(id, CLIENT_ID_LEN));
}

/* --- addresses --- */

const ip_addr *home_peer_address4(const home_peer *p)
{
	return p->home4.len ? &p->home4 : &p->lease4;
}

const ip_addr *home_peer_address6(const home_peer *p)
{
	return p->home6.len ? &p->home6 : &p->lease6;
}

typedef struct addresses { /* a permanent one of each family; len 0: none */
	ip_addr v4, v6;
} addresses;

static addresses own_addresses(const home_peer *p)
{
	return (addresses){ *home_peer_address4(p), *home_peer_address6(p) };
}

/* Anybody to this host. */
static unsigned add_selector(sa_selector s[2], unsigned n, const ip_addr *host)
{
	const ip_prefix any = { .addr = { .len = host->len } };
	const ip_prefix own = { *host, (uint8_t)(host->len * 8) };

	if (!host->len)
		return n;
	s[n] = sa_selector_of_all(&any, &own);
	return n + 1;
}

static bool select_addresses(home_peer *p, const addresses *a)
{
	sa_selector s[2];
	unsigned n = add_selector(s, 0, &a->v4);

	return sa_set_select(&p->sas, s, add_selector(s, n, &a->v6));
}

static void release_but(home_peers *all, const home_peer *p, const addresses *a,
			const addresses *kept)
{
	if (!ip_equal(&a->v4, &kept->v4))
		home_addresses_release(&all->addresses, &a->v4, p);
	if (!ip_equal(&a->v6, &kept->v6))
		home_addresses_release(&all->addresses, &a->v6, p);
}

/* False: one is another's, or no memory; all is as before. */
static bool move(home_peers *all, home_peer *p, addresses from, addresses to)
{
	bool ok = home_addresses_claim(&all->addresses, &to.v4, p) &&
		  home_addresses_claim(&all->addresses, &to.v6, p) && select_addresses(p, &to);

	if (ok)
		release_but(all, p, &from, &to);
	else
		release_but(all, p, &to, &from);
	return ok;
}

/* What is refused or fails after this changes nothing about it: it may be durable by then. */
bool home_peer_lease(home_peers *all, home_peer *p, const ip_addr *a)
{
	const addresses from = own_addresses(p);
	addresses to = from;

	*(a->len == 4 ? &to.v4 : &to.v6) = *a;
	if (!move(all, p, from, to))
		return false;
	*(a->len == 4 ? &p->lease4 : &p->lease6) = *a;
	return true;
}

/* --- durable state --- */

home_client_state home_peer_state(const home_peer *p)
{
	return (home_client_state){ .last_id = p->credential.last_id,
				    .spi_now = p->credential.spi_now,
				    .spi_before = p->credential.spi_before,
				    .lease4 = p->lease4,
				    .lease6 = p->lease6,
				    .place = p->place };
}

bool home_peer_reserve(home_peers *all, home_peer *p, const home_client_state *next)
{
	return home_credential_reserve(&p->credential, &all->credentials, next->spi_now);
}

void home_peer_release(home_peers *all, home_peer *p)
{
	home_credential_release(&p->credential, &all->credentials);
}

void home_peer_adopt(home_peers *all, home_peer *p, const home_client_state *durable)
{
	p->place = durable->place;
	home_credential_rotate(&p->credential, &all->credentials, durable->last_id,
			       durable->spi_now, durable->spi_before);
}

/* --- the list --- */

static void link_peer(home_peers *all, home_peer *p)
{
	p->next = all->first;
	if (all->first)
		all->first->prev = p;
	all->first = p;
	all->n++;
}

static void unlink_peer(home_peers *all, home_peer *p)
{
	if (p->next)
		p->next->prev = p->prev;
	*(p->prev ? &p->prev->next : &all->first) = p->next;
	all->n--;
}

static void wipe(home_peers *all, home_peer *p)
{
	const addresses none = { 0 }, own = own_addresses(p);

	sa_set_close(&p->sas);
	release_but(all, p, &own, &none);
	home_credential_close(&p->credential, &all->credentials);
	home_bindings_close(&p->bindings);
	free(p->nai);
	OPENSSL_cleanse(p, sizeof *p);
	free(p);
}

/* nai: becomes the peer's. */
static void set_identity(home_peer *p, const home_client_conf *conf, char *nai)
{
	free(p->nai);
	p->nai = nai;
	p->home4 = conf->home4;
	p->home6 = conf->home6;
	p->expires_unix_s = conf->expires_unix_s;
}

static bool find_place(home_peers *all, home_peer *p, err *e)
{
	const addresses none = { 0 };

	if (move(all, p, none, own_addresses(p)) &&
	    map_put(all->by_id, map_key_bytes(p->id, CLIENT_ID_LEN), p))
		return true;
	return err_set(e, ERR_LIMIT, "%s: its address belongs to another client, or no memory",
		       p->nai);
}

home_peer *home_peers_add(home_peers *all, const home_client_conf *conf, const home_client_state *s,
			  err *e)
{
	const home_client_state none = { 0 };
	home_peer *p = calloc(1, sizeof *p);
	char *nai = strdup(conf->nai);

	if (!p || !nai) {
		free(nai);
		free(p);
		err_set(e, ERR_LIMIT, "no memory for client %s", conf->nai);
		return NULL;
	}
	s = s ? s : &none;
	memcpy(p->id, conf->id, CLIENT_ID_LEN);
	set_identity(p, conf, nai);
	p->lease4 = s->lease4;
	p->lease6 = s->lease6;
	p->place = s->place;
	sa_set_open(&p->sas, all->sas, &rules, p);
	home_bindings_open(&p->bindings);
	if (!home_credential_open(&p->credential, &all->credentials, p, conf, s, e) ||
	    !home_credential_derive_handle(&p->credential, &p->change.handle) ||
	    !find_place(all, p, e)) {
		wipe(all, p);
		return NULL;
	}
	link_peer(all, p);
	return p;
}

bool home_peer_update(home_peers *all, home_peer *p, const home_client_conf *conf, err *e)
{
	const addresses from = own_addresses(p);
	const addresses to = { conf->home4.len ? conf->home4 : p->lease4,
			       conf->home6.len ? conf->home6 : p->lease6 };

	char *nai = strdup(conf->nai);

	if (!nai || !move(all, p, from, to)) {
		free(nai);
		return err_set(e, ERR_LIMIT,
			       "%s: its address belongs to another client, or no memory",
			       conf->nai);
	}
	if (!home_credential_change(&p->credential, &all->credentials, conf, e)) {
		free(nai);
		move(all, p, to, from);
		return false;
	}
	set_identity(p, conf, nai);
	return true;
}

void home_peer_remove(home_peers *all, home_peer *p)
{
	map_del(all->by_id, map_key_bytes(p->id, CLIENT_ID_LEN));
	unlink_peer(all, p);
	wipe(all, p);
}

bool home_peer_keeps_agreement(const home_peer *p, const home_client_conf *conf)
{
	return home_credential_has_key(&p->credential, conf->key0) &&
	       ip_equal(&p->home4, &conf->home4) && ip_equal(&p->home6, &conf->home6) &&
	       strcmp(p->nai, conf->nai) == 0;
}

bool home_peer_is_of(const home_peer *p, const home_client_conf *conf)
{
	return home_peer_keeps_agreement(p, conf) && home_credential_is_of(&p->credential, conf) &&
	       p->expires_unix_s == conf->expires_unix_s;
}
