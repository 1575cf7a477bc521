/* SPDX-License-Identifier: MIT */
#include "clients.h"

#include "base/clock.h"
#include <stdlib.h>
#include <string.h>

/* --- into the core --- */

/* A client whose state was lost begins with the time of day: what was recorded before can't be replayed,
 * and the client is resynchronised by code 133. */
static bool load_state(const clients *c, const client_record *r, home_client_state *st, err *e)
{
	bool damaged;

	*st = (home_client_state){ 0 };
	if (!durable_load(c->durable, r, st, &damaged))
		return err_set(
			e, ERR_CONFIG,
			"%s: its slot %u in replay.db is missing or another client's: remove "
			"the client and add it again",
			r->conf.nai, r->slot);
	if (damaged) {
		*st = (home_client_state){ .last_id = clock_ntp() };
		log_warn(&c->settings->log,
			 "%s: its state was damaged; replays from before now are refused",
			 r->conf.nai);
	}
	return true;
}

static bool put(const clients *c, const client_record *r, err *e)
{
	home_client_state st;

	if (!load_state(c, r, &st, e))
		return false;
	if (!durable_add(c->durable, r->conf.id, r->slot))
		return err_set(e, ERR_LIMIT, "no memory");
	return home_core_client_put(c->core, &r->conf, &st, e);
}

typedef struct loading {
	const clients *c;
	unsigned n, bad;
} loading;

static void log_bad(void *ctx, const err *why)
{
	loading *l = ctx;

	l->bad++;
	log_error(&l->c->settings->log, "%s", why->text);
}

static bool load_one(void *ctx, const client_record *r)
{
	loading *l = ctx;
	err e;

	if (put(l->c, r, &e))
		l->n++;
	else
		log_bad(l, &e);
	return true;
}

bool clients_load_all(const clients *c, err *e)
{
	loading l = { .c = c };
	const registry_visit v = { &l, load_one, log_bad };

	if (!registry_each(c->settings->conf->state, &v, e))
		return false;
	log_info(&c->settings->log, "%u clients%s", l.n, l.bad ? ", some could not be read" : "");
	return true;
}

bool clients_load(const clients *c, const char *name, err *e)
{
	client_record r;
	bool ok = registry_read(c->settings->conf->state, name, &r, e) && put(c, &r, e);

	client_record_wipe(&r);
	return ok;
}

/* --- out of it --- */

typedef struct finding {
	const char *nai;
	uint8_t id[CLIENT_ID_LEN];
	bool found;
} finding;

static void match(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	finding *f = ctx;

	if (strcmp(nai, f->nai) == 0) {
		memcpy(f->id, id, CLIENT_ID_LEN);
		f->found = true;
	}
}

bool clients_unload(const clients *c, const char *name, err *e)
{
	const char *realm = c->settings->conf->realm;
	char nai[NAI_MAX + 1];
	finding f = { .nai = nai };

	if (strlen(name) + 1 + strlen(realm) > NAI_MAX)
		return err_set(e, ERR_USAGE, "%.80s: the name is too long", name);
	strcat(strcat(strcpy(nai, name), "@"), realm);
	home_core_each_client(c->core, match, &f);
	if (!f.found)
		return true;
	home_core_client_remove(c->core, f.id);
	durable_remove(c->durable, f.id);
	log_info(&c->settings->log, "%s removed", nai);
	return true;
}

typedef struct gone {
	const char *state;
	char (*names)[CLIENT_NAME_MAX + 1];
	size_t n, cap;
} gone;

static void note(gone *g, const char *name)
{
	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 16;
		void *more = realloc(g->names, cap * sizeof *g->names);

		if (!more)
			return;
		g->names = more;
		g->cap = cap;
	}
	strcpy(g->names[g->n++], name);
}

static void find_gone(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	gone *g = ctx;
	char name[CLIENT_NAME_MAX + 1] = "";
	size_t len = strcspn(nai, "@");

	(void)id;
	if (len > CLIENT_NAME_MAX)
		return;
	memcpy(name, nai, len);
	if (!registry_has(g->state, name))
		note(g, name);
}

bool clients_reload(const clients *c, err *e)
{
	gone g = { .state = c->settings->conf->state };
	err ignored;

	home_core_each_client(c->core, find_gone, &g);
	for (size_t i = 0; i < g.n; i++)
		clients_unload(c, g.names[i], &ignored);
	free(g.names);
	return clients_load_all(c, e);
}

/* --- what a killed daemon left --- */

static bool clean_one(void *ctx, const client_record *r)
{
	const clients *c = ctx;
	home_client_state st = { 0 };
	bool damaged;

	durable_load(c->durable, r, &st, &damaged);
	const ip_addr *all[] = { &r->conf.home4, &r->conf.home6, &st.lease4, &st.lease6 };
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		attract_clean(c->attractor, all[i]);
	return true;
}

static void ignore(void *ctx, const err *why)
{
	(void)ctx;
	(void)why; /* logged when it is loaded */
}

bool clients_clean(const clients *c, err *e)
{
	const registry_visit v = { (void *)(uintptr_t)c, clean_one, ignore };

	return registry_each(c->settings->conf->state, &v, e);
}
