/* SPDX-License-Identifier: MIT */
/* conf.c - server.conf by table. */
#include "conf.h"
#include "conf_values.h"

#include "base/conf_types.h"
#include "base/private.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(server_conf, field)
static const conf_key server_keys[] = {
	{ "realm", value_realm, AT(realm), false },
	{ "network", value_networks, 0, false },
	{ "pool", value_pool, 0, false },
	{ "lan", value_interface_owned, AT(lan), false },
	{ "public", value_public, 0, true },
	{ "mux", value_mux, 0, true },
	{ "mux_ca", conf_string, AT(mux_ca), false },
	{ "listen", value_listen, 0, true },
	{ "interface", conf_link, AT(interface), false },
	{ "state", conf_string, AT(state), false },
	{ "user", conf_string, AT(user), false },
	{ "metrics", conf_endpoint, AT(metrics), false },
	{ "log", conf_log, AT(log), false },
	{ "lifetime", value_seconds, AT(lifetime_s), false },
	{ "lifetime_max", value_seconds, AT(lifetime_s), false },
	{ "lifetime_min", value_seconds, AT(lifetime_min_s), false },
	{ "sa_lifetime", value_seconds, AT(sa_lifetime_s), false },
	{ "keepalive", value_keepalive, AT(keepalive_s), false },
	{ "max_clients", value_count, AT(max_clients), false },
	{ "link_mtu", value_mtu, AT(link_mtu), false },
	{ "ciphers", value_ciphers, AT(policy), false },
	{ "groups", value_groups, AT(policy), false },
	{ "silent", conf_bool, AT(silent), false },
};

/* Relays are distinguished by the source of their IP-in-IP alone. */
static bool relay_address(const char *text, void *field, err *e)
{
	conf_relay *r = field;
	ip_addr a;

	if (!conf_address(text, &a, e))
		return false;
	if (a.len != 4 || ip_is_any(&a))
		return err_set(e, ERR_CONFIG, "expected a relay's IPv4 address, not '%.60s'", text);
	for (const conf_relay *o = r - r->before; o < r; o++)
		if (ip_equal(&o->address, &a))
			return err_set(e, ERR_CONFIG, "[relay %s] has this address", o->name);
	r->address = a;
	return true;
}

static const conf_key relay_keys[] = {
	{ "address", relay_address, 0, false },
	{ "public", value_relay_public, offsetof(conf_relay, public), false },
	{ "key", conf_key32, offsetof(conf_relay, key), false },
};

static void *open_server(void *ctx, const char *name, err *e)
{
	(void)name;
	(void)e;
	return ctx;
}

static void *open_relay(void *ctx, const char *name, err *e)
{
	server_conf *c = ctx;

	if (!conf_is_name(name)) {
		err_set(e, ERR_CONFIG,
			"a relay's name is 1 to 63 letters, digits, '.', '_' or '-'");
		return NULL;
	}
	if (c->n_relays == HOME_RELAYS) {
		err_set(e, ERR_CONFIG, "at most %d relays", HOME_RELAYS);
		return NULL;
	}
	conf_relay *r = &c->relays[c->n_relays];
	r->before = c->n_relays++;
	strcpy(r->name, name); /* conf_is_name() saw to its length */
	return r;
}

static bool defaults(server_conf *c, const char *file)
{
	c->file = strdup(file);
	c->state = strdup("/var/lib/homeward");
	strcpy(c->interface, "hw0");
	c->log = LOG_INFO;
	c->lifetime_s = 600;
	c->lifetime_min_s = 10;
	c->keepalive_s = 25;
	c->max_clients = 100000;
	c->link_mtu = 1500;
	c->policy = sa_policy_default();
	c->silent = true;
	return c->file && c->state;
}

static bool complete(const server_conf *c, err *e)
{
	if (!c->realm)
		return err_set(e, ERR_CONFIG, "%s: realm is missing from [server]", c->file);
	if (!c->network4.addr.len && !c->network6.addr.len)
		return err_set(e, ERR_CONFIG, "%s: network is missing from [server]", c->file);
	if (!c->n_publics)
		return err_set(e, ERR_CONFIG,
			       "%s: public is missing from [server]: the name or "
			       "address that clients reach this server by",
			       c->file);
	return true;
}

static bool relay_complete(const server_conf *c, const conf_relay *r, err *e)
{
	static const uint8_t none[32];

	if (r->address.len != 4 || memcmp(r->key, none, sizeof none) == 0)
		return err_set(e, ERR_CONFIG, "%s: [relay %s] needs an IPv4 address and a key",
			       c->file, r->name);
	return true;
}

static bool relays_complete(const server_conf *c, const file_access *access, err *e)
{
	for (unsigned i = 0; i < c->n_relays; i++)
		if (!relay_complete(c, &c->relays[i], e))
			return false;
	return c->n_relays == 0 || private_check(c->file, access, c->user, e);
}

static bool agree(server_conf *c, err *e)
{
	const ip_prefix *n = &c->network4;

	if (c->pool_first.len &&
	    (!prefix_contains(n, &c->pool_first) || !prefix_contains(n, &c->pool_last)))
		return err_set(e, ERR_CONFIG, "%s: pool is not within network", c->file);
	if (c->lifetime_min_s > c->lifetime_s)
		c->lifetime_min_s = c->lifetime_s;
	c->policy.lifetime_s = c->sa_lifetime_s ? c->sa_lifetime_s : c->lifetime_s;
	return true;
}

server_conf *server_conf_load(const char *file, err *e)
{
	static const conf_section sections[] = {
		{ "server", server_keys, sizeof server_keys / sizeof server_keys[0], open_server,
		  true },
		{ "relay ", relay_keys, sizeof relay_keys / sizeof relay_keys[0], open_relay,
		  false },
	};
	server_conf *c = calloc(1, sizeof *c);
	file_access access;

	if (c && !defaults(c, file))
		err_set(e, ERR_LIMIT, "no memory");
	else if (c && conf_load_access(file, sections, 2, c, &access, e) && complete(c, e) &&
		 relays_complete(c, &access, e) && agree(c, e))
		return c;
	server_conf_free(c);
	return NULL;
}

void server_conf_free(server_conf *c)
{
	if (!c)
		return;
	free(c->file);
	free(c->realm);
	free(c->lan);
	free(c->state);
	free(c->user);
	free(c->mux_ca);
	for (unsigned i = 0; i < c->n_muxes; i++)
		free(c->muxes[i]);
	for (unsigned i = 0; i < c->n_publics; i++)
		free(c->publics[i]);
	for (unsigned i = 0; i < c->n_relays; i++)
		free(c->relays[i].public);
	explicit_bzero(c, sizeof *c);
	free(c);
}

/* Networks of 256 addresses and more keep their first hundred for what stands on the home link. */
void server_conf_pool(const server_conf *c, uint64_t *first, uint64_t *last)
{
	enum { KEPT = 100 };
	unsigned bits = 32u - c->network4.bits;
	uint32_t mask = (uint32_t)((1ull << bits) - 1);

	*first = bits >= 8 ? KEPT + 1 : 1;
	*last = mask > 1 ? mask - 1 : mask;
	if (c->pool_first.len) {
		*first = load_be32(c->pool_first.b) & mask;
		*last = load_be32(c->pool_last.b) & mask;
	}
}
