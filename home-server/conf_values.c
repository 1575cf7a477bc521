/* SPDX-License-Identifier: MIT */
/* conf_values.c - what may stand behind a key of server.conf. */
#include "conf_values.h"
#include "conf.h"

#include "base/url.h"
#include "base/conf_types.h"
#include "proto/mip.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool server_realm_ok(const char *realm)
{
	size_t n = strlen(realm);

	return n >= 1 && n <= 128 && conf_has_only(realm, ".-");
}

bool value_realm(const char *text, void *field, err *e)
{
	if (!server_realm_ok(text))
		return err_set(e, ERR_CONFIG, "expected a domain name, not '%.60s'", text);
	return conf_string(text, field, e);
}

static bool take_network(const char *word, server_conf *c, err *e)
{
	ip_prefix p;

	if (!prefix_parse(word, &p))
		return err_set(e, ERR_CONFIG,
			       "'%.60s' is not a network: expected ADDRESS/BITS, with "
			       "no bits set after the prefix",
			       word);
	ip_prefix *to = p.addr.len == 4 ? &c->network4 : &c->network6;
	if (to->addr.len)
		return err_set(e, ERR_CONFIG, "at most one network of each family");
	*to = p;
	return true;
}

bool server_conf_networks(const char *text, server_conf *c, err *e)
{
	char word[64];
	bool bad;
	unsigned n = 0;

	for (; conf_word(&text, word, sizeof word, &bad); n++)
		if (!take_network(word, c, e))
			return false;
	return (n > 0 && !bad) || err_set(e, ERR_CONFIG, "expected a network, as 192.168.50.0/24");
}

bool value_networks(const char *text, void *field, err *e)
{
	return server_conf_networks(text, field, e);
}

bool value_pool(const char *text, void *field, err *e)
{
	server_conf *c = field;
	const char *dash = strchr(text, '-');
	char first[ADDR_STRLEN] = "";

	if (dash && (size_t)(dash - text) < sizeof first)
		memcpy(first, text, (size_t)(dash - text));
	first[strcspn(first, " \t")] = 0;
	if (dash && ip_parse(first, &c->pool_first) && c->pool_first.len == 4 &&
	    ip_parse(dash + 1 + strspn(dash + 1, " \t"), &c->pool_last) && c->pool_last.len == 4 &&
	    memcmp(c->pool_first.b, c->pool_last.b, 4) <= 0)
		return true;
	return err_set(e, ERR_CONFIG, "expected FIRST-LAST, two IPv4 addresses of the network");
}

/* Digits and dots alone are a mistyped address. */
static bool host_name(const char *s, size_t n)
{
	bool letter = false;

	if (n == 0 || n > 253 || s[0] == '-' || s[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '.')
			return false;
		letter |= isalpha((unsigned char)s[i]) != 0;
	}
	return letter;
}

static bool port_number(const char *s)
{
	size_t n = strspn(s, "0123456789");
	unsigned long port = n <= 5 ? strtoul(s, NULL, 10) : 0;

	return !s[n] && port >= 1 && port <= 65535;
}

/* A name or an address, with or without a port, as clients' profiles take it; names are looked up when
 * they are used. */
static bool reachable(const char *text)
{
	size_t n = strcspn(text, ":");
	endpoint ep;

	return endpoint_parse(text, MIP_PORT, &ep) ||
	       (host_name(text, n) && (!text[n] || port_number(text + n + 1)));
}

bool value_relay_public(const char *text, void *field, err *e)
{
	if (!reachable(text))
		return err_set(e, ERR_CONFIG, "'%.60s' is not a name or an address", text);
	return conf_string(text, field, e);
}

bool value_public(const char *text, void *field, err *e)
{
	server_conf *c = field;

	if (!reachable(text))
		return err_set(e, ERR_CONFIG, "public: expected a name or an address, not '%.60s'",
			       text);
	if (c->n_publics == CONF_PUBLICS)
		return err_set(e, ERR_CONFIG, "at most %d of them", CONF_PUBLICS);
	c->publics[c->n_publics] = NULL;
	return conf_string(text, &c->publics[c->n_publics], e) && ++c->n_publics;
}

bool value_mux(const char *text, void *field, err *e)
{
	server_conf *c = field;
	err why = { 0 };
	url u;

	if (!url_parse(text, &u, &why) || *u.user ||
	    (strcmp(u.scheme, "https") != 0 && strcmp(u.scheme, "http") != 0))
		return err_set(e, ERR_CONFIG,
			       "mux: expected https://HOST[:PORT][/TARGET], not '%.60s'",
			       url_shown(text));
	if (c->n_muxes == CONF_MUXES)
		return err_set(e, ERR_CONFIG, "at most %d of them", CONF_MUXES);
	c->muxes[c->n_muxes] = NULL;
	return conf_string(text, &c->muxes[c->n_muxes], e) && ++c->n_muxes;
}

bool value_listen(const char *text, void *field, err *e)
{
	server_conf *c = field;

	return conf_endpoints(text, c->listens, CONF_LISTENS, &c->n_listens, e);
}

bool value_interface_owned(const char *text, void *field, err *e)
{
	char name[16];

	return conf_link(text, name, e) && conf_string(text, field, e);
}

bool value_seconds(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 1, 65534, e);
}

bool value_keepalive(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 0, 3600, e);
}

bool value_count(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 1, 1000000, e);
}

bool value_mtu(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 576, 9216, e);
}

bool value_ciphers(const char *text, void *field, err *e)
{
	return sa_policy_parse_ciphers(text, field, e);
}

bool value_groups(const char *text, void *field, err *e)
{
	return sa_policy_parse_groups(text, field, e);
}
