/* SPDX-License-Identifier: MIT */
#include "profile_values.h"
#include "base/conf_types.h"
#include "profile.h"
#include "proto/mip.h"
#include "words.h"

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

bool profile_home(const char *text, void *field, err *e)
{
	profile *p = field;
	host_port h = { 0 };

	if (!host_port_parse(text, MIP_ESP_PORT, &h))
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
	char where[HOST_SIZE + 8];
	size_t n = strcspn(text, " \t");
	const char *name = text + n + strspn(text + n, " \t");

	if (n >= sizeof where || (*name && !conf_is_name(name)))
		return false;
	memcpy(where, text, n);
	where[n] = 0;
	strcpy(out->name, name); /* conf_is_name() saw to its length */
	return host_port_parse(where, MIP_ESP_PORT, &out->at);
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

static bool take_route(const char *w, void *field, err *e)
{
	route_set *r = field;
	ip_prefix p;

	if (!prefix_parse(w, &p))
		return err_set(e, ERR_CONFIG,
			       "expected home, all, or prefixes ADDRESS/BITS, not '%.60s'", w);
	if (r->n == ROUTES_LISTED)
		return err_set(e, ERR_LIMIT, "at most %d prefixes", ROUTES_LISTED);
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
	return words_each(text, take_route, field, e);
}

bool profile_at_home(const char *text, void *field, err *e)
{
	*(bool *)field = strcmp(text, "tunnel") == 0;
	return *(bool *)field || strcmp(text, "direct") == 0 ||
	       err_set(e, ERR_CONFIG, "expected direct or tunnel, not '%.20s'", text);
}

bool profile_fail_closed(const char *text, void *field, err *e)
{
	bool closed;

	if (!conf_bool(text, &closed, e))
		return false;
	*(routes_fail *)field = closed ? ROUTES_FAIL_CLOSED : ROUTES_FAIL_OPEN;
	return true;
}

/* The kernel's own: 0 and 253 to 255. */
bool profile_table(const char *text, void *field, err *e)
{
	uint32_t t;

	if (!conf_u32(text, &t, e))
		return false;
	if (t == 0 || (t >= 253 && t <= 255))
		return err_set(e, ERR_CONFIG, "expected a routing table of its own, not %u", t);
	*(uint32_t *)field = t;
	return true;
}

/* Behind the rule of local addresses, before that of the table main. */
bool profile_priority(const char *text, void *field, err *e)
{
	enum { MAIN = 32766 };

	return conf_u32_within(text, field, 1, MAIN - ROUTES_PRIORITIES, e);
}

bool profile_mark(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 1, UINT32_MAX, e);
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
	return words_each(text, take_network, field, e);
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
