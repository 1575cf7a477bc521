/* SPDX-License-Identifier: MIT */
/* conf_values.c - what may stand behind a key of server.conf. */
#include "conf_values.h"
#include "conf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool only_of(const char *s, const char *others)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(others, *s))
			return false;
	return true;
}

bool server_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= CONF_NAME_MAX && name[0] != '.' && name[0] != '-' &&
	       only_of(name, "._-");
}

bool server_realm_ok(const char *realm)
{
	size_t n = strlen(realm);

	return n >= 1 && n <= 128 && only_of(realm, ".-");
}

bool value_realm(const char *text, void *field, err *e)
{
	if (!server_realm_ok(text))
		return err_set(e, ERR_CONFIG, "expected a domain name, not '%.60s'", text);
	return conf_string(text, field, e);
}

/* The next item of a list at commas or blanks, into word; false: no more, or too long (*bad). */
static bool next_word(const char **list, char *word, size_t room, bool *bad)
{
	*list += strspn(*list, " \t\n,");
	size_t n = strcspn(*list, " \t\n,");
	*bad = n >= room;
	if (n == 0 || *bad)
		return false;
	memcpy(word, *list, n);
	word[n] = 0;
	*list += n;
	return true;
}

static bool take_network(const char *word, server_conf *c, err *e)
{
	ip_prefix p;

	if (!prefix_parse(word, &p))
		return err_set(e, ERR_CONFIG,
			       "'%.60s' is no network: expected ADDRESS/BITS, with "
			       "no bits set after the prefix",
			       word);
	ip_prefix *to = p.addr.len == 4 ? &c->network4 : &c->network6;
	if (to->addr.len)
		return err_set(e, ERR_CONFIG, "one network of each family, at most");
	*to = p;
	return true;
}

bool server_conf_networks(const char *text, server_conf *c, err *e)
{
	char word[64];
	bool bad;
	unsigned n = 0;

	for (; next_word(&text, word, sizeof word, &bad); n++)
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

/* A name or an address, with or without a port; names are looked up when they are used. */
bool value_public(const char *text, void *field, err *e)
{
	server_conf *c = field;
	endpoint ep;
	ip_addr a;

	if (!*text)
		return err_set(e, ERR_CONFIG, "public: expected a name or an address");
	if (!ip_parse(text, &a) && !endpoint_parse(text, 434, &ep) &&
	    (!only_of(text, ".-:") || strlen(text) > 253))
		return err_set(e, ERR_CONFIG, "'%.60s' is no name or address", text);
	if (c->n_publics == CONF_PUBLICS)
		return err_set(e, ERR_CONFIG, "at most %d of them", CONF_PUBLICS);
	c->publics[c->n_publics] = NULL;
	return conf_string(text, &c->publics[c->n_publics], e) && ++c->n_publics;
}

bool server_conf_listen(const char *text, server_conf *c, err *e)
{
	char word[ENDPOINT_STRLEN];
	bool bad;
	unsigned n = 0;

	for (; next_word(&text, word, sizeof word, &bad); n++) {
		if (c->n_listens == CONF_LISTENS)
			return err_set(e, ERR_CONFIG, "at most %d of them", CONF_LISTENS);
		if (!endpoint_parse(word, 0, &c->listens[c->n_listens++]))
			return err_set(e, ERR_CONFIG, "'%.60s': expected ADDRESS:PORT", word);
	}
	return (n > 0 && !bad) || err_set(e, ERR_CONFIG, "expected ADDRESS:PORT, ...");
}

bool value_listen(const char *text, void *field, err *e)
{
	return server_conf_listen(text, field, e);
}

/* A name Linux takes for a link. */
static bool link_name_ok(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 15 && only_of(text, "._-@") && strcmp(text, ".") &&
	       strcmp(text, "..");
}

bool value_interface(const char *text, void *field, err *e)
{
	if (!link_name_ok(text))
		return err_set(e, ERR_CONFIG,
			       "'%.40s' is no interface name: 1 to 15 letters and digits", text);
	strcpy(field, text);
	return true;
}

bool value_interface_owned(const char *text, void *field, err *e)
{
	char name[16];

	return value_interface(text, name, e) && conf_string(text, field, e);
}

bool value_endpoint(const char *text, void *field, err *e)
{
	return endpoint_parse(text, 0, field) ||
	       err_set(e, ERR_CONFIG, "'%.60s': expected ADDRESS:PORT", text);
}

bool value_log(const char *text, void *field, err *e)
{
	return log_level_parse(text, field) ||
	       err_set(e, ERR_CONFIG, "expected error, warn, info or debug, not '%.40s'", text);
}

static bool within(const char *text, void *field, uint32_t least, uint32_t most, err *e)
{
	uint32_t v;

	if (!conf_u32(text, &v, e))
		return false;
	if (v < least || v > most)
		return err_set(e, ERR_CONFIG, "expected %u to %u, not %u", least, most, v);
	*(uint32_t *)field = v;
	return true;
}

bool value_seconds(const char *text, void *field, err *e)
{
	return within(text, field, 1, 65534, e);
}

bool value_keepalive(const char *text, void *field, err *e)
{
	return within(text, field, 0, 3600, e);
}

bool value_count(const char *text, void *field, err *e)
{
	return within(text, field, 1, 1000000, e);
}

bool value_mtu(const char *text, void *field, err *e)
{
	return within(text, field, 576, 9216, e);
}

bool value_ciphers(const char *text, void *field, err *e)
{
	return sa_policy_parse_ciphers(text, field, e);
}

bool value_groups(const char *text, void *field, err *e)
{
	return sa_policy_parse_groups(text, field, e);
}
