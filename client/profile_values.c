/* SPDX-License-Identifier: MIT */
/* profile_values.c - what may stand behind a key of a profile. */
#include "profile.h"
#include "base/conf_types.h"
#include "proto/mip.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	SPI_MIN = 256 /* RFC 5944 3.5.1: those below are reserved */,
	LIFETIME_MIN_S = 10,
	LIFETIME_MAX_S = 65534
};

bool profile_identity(const char *text, void *field, err *e) /* RFC 4282 2.1, in short */
{
	const char *at = strchr(text, '@');

	if (!at || at == text || !at[1] || strlen(text) > NAI_MAX || strpbrk(text, " \t/"))
		return err_set(e, ERR_CONFIG, "expected NAME@REALM, not '%.60s'", text);
	return conf_string(text, field, e);
}

bool profile_address4or6(const char *text, void *field, err *e)
{
	profile *p = field;
	ip_addr a;

	if (!conf_address(text, &a, e))
		return false;
	if (ip_is_any(&a))
		return err_set(e, ERR_CONFIG,
			       "%s is no address of a host; leave the key out to be given one",
			       text);
	*(a.len == 4 ? &p->address : &p->address6) = a;
	return true;
}

bool profile_address6(const char *text, void *field, err *e)
{
	ip_addr a;

	if (!conf_address(text, &a, e))
		return false;
	if (a.len != 16 || ip_is_any(&a))
		return err_set(e, ERR_CONFIG, "expected an IPv6 address, not '%.60s'", text);
	*(ip_addr *)field = a;
	return true;
}

bool profile_key(const char *text, void *field, err *e)
{
	profile *p = field;

	p->has_key = conf_key32(text, p->key, e);
	return p->has_key;
}

bool profile_spi(const char *text, void *field, err *e)
{
	uint32_t spi;

	if (!conf_u32(text, &spi, e))
		return false;
	if (spi < SPI_MIN)
		return err_set(e, ERR_CONFIG, "an spi is at least 256, not '%.20s'", text);
	*(uint32_t *)field = spi;
	return true;
}

static bool is_host_name(const char *s, size_t n)
{
	if (n == 0 || n >= PROFILE_HOST || s[0] == '-' || s[0] == '.')
		return false;
	bool letter = false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '.')
			return false;
		letter |= isalpha((unsigned char)s[i]) != 0;
	}
	return letter; /* digits and dots alone are a mistyped address */
}

bool profile_parse_host(const char *text, uint16_t port_else, home_name *out)
{
	endpoint ep;

	out->port = port_else;
	if (endpoint_parse(text, port_else, &ep)) {
		out->literal = true;
		out->port = ep.port;
		ip_format(&ep.addr, out->host);
		return true;
	}
	size_t n = strcspn(text, ":");
	if (text[n]) {
		char *end;
		unsigned long port = strtoul(text + n + 1, &end, 10);
		if (!isdigit((unsigned char)text[n + 1]) || *end || port == 0 || port > 65535)
			return false;
		out->port = (uint16_t)port;
	}
	if (!is_host_name(text, n))
		return false;
	memcpy(out->host, text, n);
	out->host[n] = 0;
	return true;
}

bool profile_home(const char *text, void *field, err *e)
{
	profile *p = field;
	home_name h = { 0 };

	if (!profile_parse_host(text, MIP_ESP_PORT, &h))
		return err_set(e, ERR_CONFIG,
			       "expected an address or a name, with or without :PORT, not '%.60s'",
			       text);
	if (p->n_homes == PROFILE_LIST)
		return err_set(e, ERR_CONFIG, "at most %d of them", PROFILE_LIST);
	p->homes[p->n_homes++] = h;
	return true;
}

/* HOST[:PORT] [NAME] */
static bool parse_relay(const char *text, relay_name *out)
{
	char where[PROFILE_HOST + 8];
	size_t n = strcspn(text, " \t");
	const char *name = text + n + strspn(text + n, " \t");

	if (n >= sizeof where || (*name && !conf_is_name(name)))
		return false;
	memcpy(where, text, n);
	where[n] = 0;
	strcpy(out->name, name); /* conf_is_name() saw to its length */
	return profile_parse_host(where, MIP_ESP_PORT, &out->at);
}

bool profile_relay(const char *text, void *field, err *e)
{
	profile *p = field;
	relay_name r = { 0 };

	if (strcmp(text, "advertised") == 0) {
		p->advertised = true;
		return true;
	}
	if (!parse_relay(text, &r))
		return err_set(e, ERR_CONFIG,
			       "expected 'advertised', or an address or a name, with or without "
			       ":PORT, and then perhaps the relay's name, not '%.60s'",
			       text);
	if (p->n_relays == CLIENT_RELAYS)
		return err_set(e, ERR_CONFIG, "at most %d of them", CLIENT_RELAYS);
	p->relays[p->n_relays++] = r;
	return true;
}

bool profile_interface(const char *text, void *field, err *e)
{
	size_t n = strlen(text);

	if (n == 0 || n > 15 || strpbrk(text, "/ \t:") || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0)
		return err_set(e, ERR_CONFIG,
			       "interface: expected a name of 1 to 15 characters, not '%.40s'",
			       text);
	memcpy(field, text, n + 1);
	return true;
}

/* The next word of a list at commas and blanks; NULL: no more. Cuts `at` up. */
static char *next_word(char **at)
{
	*at += strspn(*at, ", \t\n");
	char *start = *at;
	size_t n = strcspn(start, ", \t\n");
	if (n == 0)
		return NULL;
	*at += n;
	if (**at)
		*(*at)++ = 0;
	return start;
}

bool profile_each_word(const char *text, bool (*take)(const char *w, void *field, err *e),
		       void *field, err *e)
{
	char *copy = strdup(text), *at = copy, *w;
	bool ok = copy != NULL, any = false;

	while (ok && (w = next_word(&at))) {
		ok = take(w, field, e);
		any = true;
	}
	free(copy);
	return ok && (any || err_set(e, ERR_CONFIG, "expected a value"));
}

static bool take_route(const char *w, void *field, err *e)
{
	route_set *r = field;
	ip_prefix p;

	if (!prefix_parse(w, &p))
		return err_set(e, ERR_CONFIG,
			       "expected home, all, or prefixes ADDRESS/BITS, not '%.60s'", w);
	if (r->n == PROFILE_ROUTES)
		return err_set(e, ERR_LIMIT, "at most %d prefixes", PROFILE_ROUTES);
	r->mode = ROUTES_LIST;
	r->prefixes[r->n++] = p;
	return true;
}

bool profile_routes(const char *text, void *field, err *e)
{
	route_set *r = field;

	if (strcmp(text, "home") == 0 || strcmp(text, "all") == 0) {
		r->mode = *text == 'a' ? ROUTES_ALL : ROUTES_HOME;
		return true;
	}
	return profile_each_word(text, take_route, field, e);
}

static bool take_network(const char *w, void *field, err *e)
{
	profile *p = field;
	ip_prefix net;

	if (!prefix_parse(w, &net))
		return err_set(e, ERR_CONFIG, "expected a network as 192.168.50.0/24, not '%.60s'",
			       w);
	*(net.addr.len == 4 ? &p->network4 : &p->network6) = net;
	return true;
}

bool profile_networks(const char *text, void *field, err *e)
{
	return profile_each_word(text, take_network, field, e);
}

bool profile_ciphers(const char *text, void *field, err *e)
{
	return sa_policy_parse_ciphers(text, field, e);
}

bool profile_groups(const char *text, void *field, err *e)
{
	return sa_policy_parse_groups(text, field, e);
}

bool profile_lifetime(const char *text, void *field, err *e)
{
	uint32_t s;

	if (!conf_u32(text, &s, e))
		return false;
	if (s < LIFETIME_MIN_S || s > LIFETIME_MAX_S)
		return err_set(e, ERR_CONFIG, "expected %d to %d seconds, not %u", LIFETIME_MIN_S,
			       LIFETIME_MAX_S, s);
	*(uint32_t *)field = s;
	return true;
}
