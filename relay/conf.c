/* SPDX-License-Identifier: MIT */
/* conf.c - relay.conf by table. */
#include "conf.h"
#include "base/private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool value_name(const char *text, void *field, err *e)
{
	if (!conf_is_name(text))
		return err_set(e, ERR_CONFIG,
			       "a relay's name is 1 to 63 letters, digits, '.', '_' or '-'");
	strcpy(field, text); /* conf_is_name() saw to its length */
	return true;
}

static bool value_address4(const char *text, void *field, err *e)
{
	ip_addr a;

	if (!conf_address(text, &a, e))
		return false;
	if (a.len != 4 || ip_is_any(&a))
		return err_set(e, ERR_CONFIG, "expected an IPv4 address of a host, not '%.60s'",
			       text);
	*(ip_addr *)field = a;
	return true;
}

static bool value_key(const char *text, void *field, err *e)
{
	relay_file *c = field;

	c->has_key = conf_key32(text, c->core.key2, e);
	return c->has_key;
}

static bool value_listen(const char *text, void *field, err *e)
{
	relay_file *c = field;

	return conf_endpoints(text, c->listens, RELAY_LISTENS, &c->n_listens, e);
}

static bool value_advertise(const char *text, void *field, err *e)
{
	relay_file *c = field;
	char word[CONF_LINK_MAX + 2];
	bool bad;

	while (conf_word(&text, word, sizeof word, &bad)) {
		if (c->n_links == RELAY_LINKS)
			return err_set(e, ERR_CONFIG, "at most %d links", RELAY_LINKS);
		if (!conf_link(word, c->links[c->n_links++], e))
			return false;
	}
	return (c->n_links > 0 && !bad) || err_set(e, ERR_CONFIG, "expected names of links");
}

static bool value_interval(const char *text, void *field, err *e) /* RFC 5944 2.1: below 1,800 */
{
	return conf_u32_within(text, field, 1, 1800, e);
}

static bool value_lifetime(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 3, 9000, e);
}

static bool value_visitors(const char *text, void *field, err *e)
{
	return conf_u32_within(text, field, 1, RELAY_PORTS, e);
}

static bool value_silent(const char *text, void *field, err *e)
{
	relay_file *c = field;
	bool silent = false;

	if (!conf_bool(text, &silent, e))
		return false;
	c->core.answers_strangers = !silent;
	return true;
}

#define AT(field) offsetof(relay_file, field)
static const conf_key relay_keys[] = {
	{ "name", value_name, AT(core.name), false },
	{ "listen", value_listen, 0, true },
	{ "public", conf_string, AT(public), false },
	{ "address", value_address4, AT(core.address), false },
	{ "max_visitors", value_visitors, AT(core.max_visitors), false },
	{ "advertise", value_advertise, 0, true },
	{ "advertise_interval", value_interval, AT(advertise_s), false },
	{ "advertise_lifetime", value_lifetime, AT(advertise_lifetime_s), false },
	{ "silent", value_silent, 0, false },
	{ "user", conf_string, AT(user), false },
	{ "log", conf_log, AT(log), false },
};

static const conf_key home_keys[] = {
	{ "address", value_address4, AT(core.home), false },
	{ "key", value_key, 0, false },
};

static void *open_relay(void *ctx, const char *name, err *e)
{
	(void)name, (void)e;
	return ctx;
}

static void *open_home(void *ctx, const char *realm, err *e)
{
	relay_file *c = ctx;

	if (c->n_homes++ > 0) {
		err_set(e, ERR_CONFIG,
			"a relay serves one home, and [home %s] is already configured", c->realm);
		return NULL;
	}
	if (!*realm || strlen(realm) >= sizeof c->realm || !conf_has_only(realm, ".-")) {
		err_set(e, ERR_CONFIG, "expected [home REALM], REALM a domain name");
		return NULL;
	}
	strcpy(c->realm, realm);
	return c;
}

static bool complete(const relay_file *c, const file_access *access, err *e)
{
	const char *missing = !*c->core.name         ? "name is missing from [relay]"
			      : !c->core.address.len ? "address is missing from [relay]: ours "
						       "towards home"
			      : !c->core.home.len    ? "address is missing from [home ...]"
			      : !c->has_key          ? "key is missing from [home ...]"
						     : NULL;

	if (missing)
		return err_set(e, ERR_CONFIG, "%s: %s", c->file, missing);
	if (c->advertise_lifetime_s && c->advertise_lifetime_s < c->advertise_s)
		return err_set(e, ERR_CONFIG,
			       "%s: advertise_lifetime is shorter than advertise_interval",
			       c->file);
	return private_check(c->file, access, c->user, e);
}

relay_file *relay_file_load(const char *file, err *e)
{
	static const conf_section sections[] = {
		{ "relay", relay_keys, sizeof relay_keys / sizeof relay_keys[0], open_relay, true },
		{ "home ", home_keys, sizeof home_keys / sizeof home_keys[0], open_home, true },
	};

	enum { VISITORS = 20000, INTERVAL_S = 10 };
	relay_file *c = calloc(1, sizeof *c);
	file_access access;

	if (!c || !(c->file = strdup(file))) {
		err_set(e, ERR_LIMIT, "no memory");
		free(c);
		return NULL;
	}
	c->log = LOG_INFO;
	c->core.max_visitors = VISITORS;
	c->advertise_s = INTERVAL_S;
	if (conf_load_access(file, sections, 2, c, &access, e) && complete(c, &access, e))
		return c;
	relay_file_free(c);
	return NULL;
}

void relay_file_free(relay_file *c)
{
	if (!c)
		return;
	free(c->file);
	free(c->public);
	free(c->user);
	explicit_bzero(c, sizeof *c);
	free(c);
}
