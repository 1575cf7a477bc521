/* SPDX-License-Identifier: MIT */
/* server_reload.c - SIGHUP: the configuration and the registry are read again. What can't change while
 * running is named and kept; a configuration with a mistake changes nothing. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_prefix(const ip_prefix *a, const ip_prefix *b)
{
	return a->bits == b->bits && ip_equal(&a->addr, &b->addr);
}

static bool is_same_listens(const server_conf *a, const server_conf *b)
{
	if (a->n_listens != b->n_listens)
		return false;
	for (unsigned i = 0; i < a->n_listens; i++)
		if (!endpoint_equal(&a->listens[i], &b->listens[i]))
			return false;
	return true;
}

/* The first key that differs and needs a restart, or NULL. */
static const char *find_fixed_change(const server_conf *a, const server_conf *b)
{
	const struct {
		const char *key;
		bool same;
	} fixed[] = {
		{ "realm", is_same_text(a->realm, b->realm) },
		{ "network", is_same_prefix(&a->network4, &b->network4) &&
				     is_same_prefix(&a->network6, &b->network6) },
		{ "lan", is_same_text(a->lan, b->lan) },
		{ "listen", is_same_listens(a, b) },
		{ "interface", is_same_text(a->interface, b->interface) },
		{ "state", is_same_text(a->state, b->state) },
		{ "link_mtu", a->link_mtu == b->link_mtu },
	};

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (!fixed[i].same)
			return fixed[i].key;
	return NULL;
}

typedef struct gone {
	server *s;
	char (*names)[CLIENT_NAME_MAX + 1];
	size_t n, cap;
} gone;

static bool note(gone *g, const char *nai)
{
	size_t len = strcspn(nai, "@");

	if (len > CLIENT_NAME_MAX)
		return false;
	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 16;
		void *more = realloc(g->names, cap * sizeof *g->names);
		if (!more)
			return false;
		g->names = more;
		g->cap = cap;
	}
	memcpy(g->names[g->n], nai, len);
	g->names[g->n++][len] = 0;
	return true;
}

static void find_gone(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	gone *g = ctx;
	char name[CLIENT_NAME_MAX + 1] = "";
	size_t len = strcspn(nai, "@");

	(void)id;
	if (len <= CLIENT_NAME_MAX)
		memcpy(name, nai, len);
	if (!registry_has(g->s->conf->state, name))
		note(g, nai);
}

static void reload_clients(server *s)
{
	gone g = { .s = s };
	err e;

	home_core_each_client(s->core, find_gone, &g);
	for (size_t i = 0; i < g.n; i++)
		server_client_unload(s, g.names[i], &e);
	free(g.names);
	if (!server_clients_load(s, &e))
		log_error(&s->log, "%s", e.text);
}

/* What a relay's link with us depends on. */
static bool is_same_relays(const server_conf *a, const server_conf *b)
{
	if (a->n_relays != b->n_relays)
		return false;
	for (unsigned i = 0; i < a->n_relays; i++)
		if (strcmp(a->relays[i].name, b->relays[i].name) != 0 ||
		    !ip_equal(&a->relays[i].address, &b->relays[i].address) ||
		    memcmp(a->relays[i].key, b->relays[i].key, sizeof a->relays[i].key) != 0)
			return false;
	return true;
}

/* All that can fail; NULL: nothing was changed. */
static server_conf *prepare(server *s, err *e)
{
	server_conf *next = server_conf_load(s->conf->file, e);
	const char *key = next ? find_fixed_change(s->conf, next) : NULL;

	if (key)
		err_set(e, ERR_CONFIG, "%s: %s can't change while running: restart", s->conf->file,
			key);
	if (next && !key && server_open_ipip(s, next, e) && server_watch_ipip(s, e))
		return next;
	server_conf_free(next);
	return NULL;
}

/* Links with relays are reset when one of them changed, which relays notice within a second; clients'
 * packets go on meanwhile. */
static void take_over(server *s, server_conf *next)
{
	bool same = is_same_relays(s->conf, next);

	server_conf_free(s->conf);
	s->conf = next;
	s->log.level = next->log;
	server_fill_home(s);
	if (!same && !home_core_relays_changed(s->core))
		log_error(&s->log, "relays: no memory, or cryptography failed");
}

bool server_reload(server *s)
{
	err e = { 0 };
	server_conf *next = prepare(s, &e);

	if (!next) {
		log_error(&s->log, "not reloaded: %s", e.text);
		return false;
	}
	take_over(s, next);
	reload_clients(s);
	server_flush(s);
	server_arm(s);
	log_info(&s->log, "configuration reloaded");
	return true;
}
