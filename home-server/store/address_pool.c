/* SPDX-License-Identifier: MIT */
/* address_pool.c - what is taken is read from the state store: configured addresses from the cards,
 * leases from the states. A card whose client isn't in the registry was left by an `add` that died. */
#include "store/address_pool.h"
#include "store/registry.h"

#include <openssl/rand.h>

/* "One of this server's own": no slot has that number. */
#define POOL_OWN ((void *)UINTPTR_MAX)

static void take(address_pool *p, const ip_addr *a, void *who)
{
	if (a->len && !map_put(p->addresses, map_key_bytes(a->b, a->len), who))
		p->no_memory = true;
}

static bool take_slot(void *ctx, uint32_t slot, const state_card *card, const home_client_state *st)
{
	address_pool *p = ctx;
	void *who = (void *)(uintptr_t)(slot + 1);

	take(p, &card->home4, who);
	take(p, &card->home6, who);
	take(p, &st->lease4, who);
	take(p, &st->lease6, who);
	if (!map_put(p->spis, map_key_u32(card->spi), who))
		p->no_memory = true;
	return !p->no_memory;
}

static void take_own(address_pool *p)
{
	own_address own[OWN_ADDRESSES];
	size_t n = names_own_addresses(own);
	ip_addr a[4];

	for (size_t i = 0; i < n; i++)
		take(p, &own[i].addr, POOL_OWN);
	for (unsigned i = 0; i < p->conf->n_publics; i++)
		if (ip_parse(p->conf->publics[i], &a[0]))
			take(p, &a[0], POOL_OWN);
}

bool pool_open(address_pool *p, const server_conf *c, state_store *s, err *e)
{
	uint64_t seed[2];

	*p = (address_pool){ .conf = c, .state_dir = c->state, .store = s };
	if (RAND_bytes((uint8_t *)seed, sizeof seed) != 1)
		return err_set(e, ERR_CRYPTO, "no random numbers");
	p->addresses = map_new(seed[0]);
	p->spis = map_new(seed[1]);
	if (!p->addresses || !p->spis)
		return err_set(e, ERR_LIMIT, "no memory");
	if (!state_each(s, take_slot, p, e))
		return false;
	take_own(p);
	return p->no_memory ? err_set(e, ERR_LIMIT, "no memory") : true;
}

void pool_close(address_pool *p)
{
	map_free(p->addresses);
	map_free(p->spis);
}

typedef struct owner_search {
	uint32_t slot;
	const char *state_dir;
	bool alive;
	char name[STATE_NAME_MAX + 1];
} owner_search;

static bool find_owner(void *ctx, uint32_t slot, const state_card *card,
		       const home_client_state *st)
{
	owner_search *o = ctx;

	(void)st;
	if (slot != o->slot)
		return true;
	memcpy(o->name, card->name, sizeof o->name);
	o->alive = registry_has(o->state_dir, card->name);
	return false;
}

/* Whether the holder that the map names is still a client. */
static bool holder_lives(address_pool *p, void *who, owner_search *o)
{
	*o = (owner_search){ .slot = (uint32_t)((uintptr_t)who - 1), .state_dir = p->state_dir };
	return state_each(p->store, find_owner, o, NULL) && o->alive;
}

static bool is_network_or_broadcast(const ip_prefix *n, const ip_addr *a)
{
	uint32_t mask;

	if (n->addr.len != 4)
		return ip_equal(&n->addr, a);
	mask = n->bits == 32 ? 0 : UINT32_MAX >> n->bits;
	uint32_t host = load_be32(a->b) & mask;
	return mask > 1 && (host == 0 || host == mask);
}

bool pool_may_have(address_pool *p, const ip_addr *a, err *e)
{
	const ip_prefix *n = a->len == 4 ? &p->conf->network4 : &p->conf->network6;
	void *who = map_get(p->addresses, map_key_bytes(a->b, a->len));
	char text[ADDR_STRLEN], net[ENDPOINT_STRLEN];
	owner_search o;

	ip_format(a, text);
	if (!n->addr.len || !prefix_contains(n, a))
		return err_set(e, ERR_USAGE, "%s is outside the home network %s", text,
			       prefix_format(n->addr.len ? n : &p->conf->network4, net));
	if (is_network_or_broadcast(n, a))
		return err_set(e, ERR_USAGE, "%s is the network's own or its broadcast address",
			       text);
	if (who == POOL_OWN)
		return err_set(e, ERR_USAGE, "%s is this server's own address", text);
	if (who && holder_lives(p, who, &o))
		return err_set(e, ERR_USAGE, "%s is taken by %s", text, o.name);
	return true;
}

static ip_addr host_of(const ip_prefix *n, uint64_t host)
{
	ip_addr a = n->addr;

	for (unsigned i = 0; i < 8 && i < a.len; i++)
		a.b[a.len - 1u - i] |= (uint8_t)(host >> (8 * i));
	return a;
}

static bool first_free(address_pool *p, const ip_prefix *n, uint64_t from, uint64_t to,
		       ip_addr *out)
{
	for (uint64_t host = from; host <= to && host - from < 1u << 24; host++) {
		ip_addr a = host_of(n, host);
		if (!map_get(p->addresses, map_key_bytes(a.b, a.len)))
			return *out = a, true;
	}
	return false;
}

/* The slow path, when none is free at first sight: one that an `add` left behind. */
static bool first_orphaned(address_pool *p, uint64_t from, uint64_t to, ip_addr *out)
{
	for (uint64_t host = from; host <= to && host - from < 1u << 16; host++) {
		*out = host_of(&p->conf->network4, host);
		if (pool_may_have(p, out, NULL))
			return true;
	}
	return false;
}

bool pool_next4(address_pool *p, ip_addr *out, err *e)
{
	char net[ENDPOINT_STRLEN];
	uint64_t from, to;

	server_conf_pool(p->conf, &from, &to);
	return first_free(p, &p->conf->network4, from, to, out) ||
	       first_orphaned(p, from, to, out) ||
	       err_set(e, ERR_LIMIT,
		       "no address of %s is free: widen network or pool, or name one "
		       "with --address",
		       prefix_format(&p->conf->network4, net));
}

bool pool_next6(address_pool *p, uint64_t from_host, ip_addr *out, err *e)
{
	unsigned bits = 128u - p->conf->network6.bits;
	uint64_t last = bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;

	return first_free(p, &p->conf->network6, from_host, last, out) ||
	       first_free(p, &p->conf->network6, 1, last, out) ||
	       err_set(e, ERR_LIMIT, "no IPv6 address is free");
}

bool pool_new_spi(address_pool *p, uint32_t *out, err *e)
{
	do {
		if (RAND_bytes((uint8_t *)out, sizeof *out) != 1)
			return err_set(e, ERR_CRYPTO, "no random numbers");
	} while (*out < ESP_MIN_SPI || map_get(p->spis, map_key_u32(*out)));
	return true;
}
