/* SPDX-License-Identifier: MIT */
/* conf.c - mux.conf by table. */
#include "conf.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	TARGET_PORT = 4500,
	IDLE_S = 600,
	IDLE_MAX_S = 86400,
	OCTETS_MAX = 1 << 30,
	MEMORY_MAX_MIB = 1 << 22, /* 4 TiB */
};

static const struct scheme {
	const char *name;
	uint16_t port;
} schemes[] = {
	[LISTEN_HTTPS] = { "https", 443 },
	[LISTEN_HTTP] = { "http", 80 },
	[LISTEN_FCGI] = { "fcgi", 9000 },
};
static_assert(sizeof schemes / sizeof schemes[0] == LISTEN_N_KINDS, "name every listen_kind");

const char *listen_kind_name(listen_kind k)
{
	return schemes[k].name;
}

static bool listen_parse(const char *word, mux_listen *out)
{
	const char *rest = strstr(word, "://");
	size_t n = rest ? (size_t)(rest - word) : 0;

	for (unsigned k = 0; rest && k < LISTEN_N_KINDS; k++)
		if (strlen(schemes[k].name) == n && strncmp(word, schemes[k].name, n) == 0) {
			out->kind = (listen_kind)k;
			return endpoint_parse(rest + 3, schemes[k].port, &out->at);
		}
	return false;
}

static bool value_listen(const char *text, void *field, err *e)
{
	mux_file *c = field;
	char word[ENDPOINT_STRLEN + 8];
	bool bad = false;
	unsigned before = c->n_listens;

	while (conf_word(&text, word, sizeof word, &bad)) {
		if (c->n_listens == MUX_LISTENS)
			return err_set(e, ERR_CONFIG, "at most %d of them", MUX_LISTENS);
		if (!listen_parse(word, &c->listens[c->n_listens++]))
			return err_set(e, ERR_CONFIG,
				       "'%.80s': expected https://ADDRESS:PORT, http://... or "
				       "fcgi://...",
				       word);
	}
	return (c->n_listens > before && !bad) ||
	       err_set(e, ERR_CONFIG, "expected https://ADDRESS:PORT, http://... or fcgi://...");
}

static bool value_proxies(const char *text, void *field, err *e)
{
	mux_file *c = field;
	char word[ENDPOINT_STRLEN];
	bool bad = false;

	while (conf_word(&text, word, sizeof word, &bad)) {
		if (c->core.n_proxies == MUX_PROXIES)
			return err_set(e, ERR_CONFIG, "at most %d of them", MUX_PROXIES);
		if (!prefix_parse(word, &c->core.proxies[c->core.n_proxies++]))
			return err_set(e, ERR_CONFIG, "'%.60s': expected an address or a prefix",
				       word);
	}
	return !bad || err_set(e, ERR_CONFIG, "expected addresses or prefixes");
}

static bool value_target(const char *text, void *field, err *e)
{
	endpoint *at = field;

	if (!endpoint_parse(text, TARGET_PORT, at) || ip_is_any(&at->addr))
		return err_set(e, ERR_CONFIG, "'%.60s': expected ADDRESS or ADDRESS:PORT of a host",
			       text);
	return true;
}

/* 0 lifts a limit. */
static bool value_count(const char *text, void *field, err *e)
{
	uint32_t v;

	if (!conf_u32_within(text, &v, 0, 1000000, e))
		return false;
	*(unsigned *)field = v;
	return true;
}

static bool value_octets(const char *text, void *field, err *e)
{
	uint32_t v;

	if (!conf_u32_within(text, &v, 0, OCTETS_MAX, e))
		return false;
	*(unsigned *)field = v;
	return true;
}

static bool value_memory(const char *text, void *field, err *e)
{
	uint32_t mib;

	if (!conf_u32_within(text, &mib, 0, MEMORY_MAX_MIB, e))
		return false;
	*(uint64_t *)field = (uint64_t)mib << 20;
	return true;
}

static bool value_idle(const char *text, void *field, err *e)
{
	uint32_t v;

	if (!conf_u32_within(text, &v, 1, IDLE_MAX_S, e))
		return false;
	*(uint64_t *)field = (uint64_t)v * 1000;
	return true;
}

#define AT(field)   offsetof(mux_file, field)
#define SEND(field) AT(core.limits.send.field)
static const conf_key mux_keys[] = {
	{ "listen", value_listen, 0, true },
	{ "certificate", conf_string, AT(certificate), false },
	{ "key", conf_string, AT(key), false },
	{ "client_ca", conf_string, AT(client_ca), false },
	{ "proxies", value_proxies, 0, true },
	{ "source_connections", value_count, AT(core.limits.connections), false },
	{ "source_tunnels", value_count, AT(core.limits.tunnels), false },
	{ "source_rate", value_count, AT(core.limits.accept.rate), false },
	{ "source_burst", value_count, AT(core.limits.accept.burst), false },
	{ "unanswered", value_count, SEND(tunnel.burst), false },
	{ "unanswered_rate", value_count, SEND(tunnel.rate), false },
	{ "unanswered_octets", value_octets, SEND(tunnel_octets.burst), false },
	{ "unanswered_octets_rate", value_octets, SEND(tunnel_octets.rate), false },
	{ "source_unanswered", value_count, SEND(source.burst), false },
	{ "source_unanswered_rate", value_count, SEND(source.rate), false },
	{ "source_unanswered_octets", value_octets, SEND(source_octets.burst), false },
	{ "source_unanswered_octets_rate", value_octets, SEND(source_octets.rate), false },
	{ "sources", value_count, AT(core.limits.sources), false },
	{ "connections", value_count, AT(core.room.connections), false },
	{ "tunnels", value_count, AT(core.room.tunnels), false },
	{ "memory", value_memory, AT(core.room.memory), false },
	{ "idle_timeout", value_idle, AT(core.idle_ms), false },
	{ "user", conf_string, AT(user), false },
	{ "log", conf_log, AT(log), false },
};

static const conf_key target_keys[] = {
	{ "address", value_target, offsetof(mux_target, at), false },
};

static void *open_mux(void *ctx, const char *name, err *e)
{
	(void)name, (void)e;
	return ctx;
}

static void *open_target(void *ctx, const char *name, err *e)
{
	mux_file *c = ctx;

	if (!conf_is_name(name)) {
		err_set(e, ERR_CONFIG,
			"expected [target NAME], NAME of letters, digits, '.', '_' or '-'");
		return NULL;
	}
	if (c->core.n_targets == MUX_TARGETS) {
		err_set(e, ERR_CONFIG, "at most %d targets", MUX_TARGETS);
		return NULL;
	}
	mux_target *t = &c->core.targets[c->core.n_targets++];
	strcpy(t->name, name); /* conf_is_name() saw to its length */
	return t;
}

bool mux_file_has(const mux_file *c, listen_kind k)
{
	for (unsigned i = 0; i < c->n_listens; i++)
		if (c->listens[i].kind == k)
			return true;
	return false;
}

static bool complete(const mux_file *c, err *e)
{
	const char *missing = !c->n_listens        ? "listen is missing from [mux]"
			      : !c->core.n_targets ? "there is no [target NAME]"
						   : NULL;

	if (!missing && mux_file_has(c, LISTEN_HTTPS))
		missing = !c->certificate ? "https needs a certificate in [mux]"
			  : !c->key       ? "https needs the certificate's key in [mux]"
					  : NULL;
	if (missing)
		return err_set(e, ERR_CONFIG, "%s: %s", c->file, missing);
	for (unsigned i = 0; i < c->core.n_targets; i++)
		if (!c->core.targets[i].at.port)
			return err_set(e, ERR_CONFIG, "%s: address is missing from [target %s]",
				       c->file, c->core.targets[i].name);
	return true;
}

mux_file *mux_file_load(const char *file, const mux_room_limits *room, err *e)
{
	static const conf_section sections[] = {
		{ "mux", mux_keys, sizeof mux_keys / sizeof mux_keys[0], open_mux, true },
		{ "target ", target_keys, sizeof target_keys / sizeof target_keys[0], open_target,
		  false },
	};
	mux_file *c = calloc(1, sizeof *c);

	if (!c || !(c->file = strdup(file))) {
		err_set(e, ERR_LIMIT, "no memory");
		free(c);
		return NULL;
	}
	c->log = LOG_INFO;
	c->core.limits = mux_guard_defaults();
	c->core.room = *room;
	c->core.idle_ms = IDLE_S * 1000;
	if (conf_load(file, sections, 2, c, e) && complete(c, e))
		return c;
	mux_file_free(c);
	return NULL;
}

void mux_file_free(mux_file *c)
{
	if (!c)
		return;
	free(c->file);
	free(c->certificate);
	free(c->key);
	free(c->client_ca);
	free(c->user);
	free(c);
}
