/* SPDX-License-Identifier: MIT */
/* clients.c - from the registry and the state store into the core. */
#include "server.h"

#include "base/clock.h"
#include <string.h>

/* A client whose state was lost begins with the time of day: what was recorded before can't be replayed,
 * and the client is resynchronised by code 133. */
static bool load_state(server *s, const client_record *r, home_client_state *st, err *e)
{
	bool damaged;

	*st = (home_client_state){ 0 };
	if (!state_load(s->store, r->slot, r->conf.id, st, &damaged))
		return err_set(
			e, ERR_CONFIG,
			"%s: its slot %u in replay.db is missing or another client's: remove "
			"the client and add it again",
			r->conf.nai, r->slot);
	if (damaged) {
		*st = (home_client_state){ .last_id = clock_ntp() };
		log_warn(&s->log, "%s: its state was damaged; replays from before now are refused",
			 r->conf.nai);
	}
	return true;
}

static bool put(server *s, const client_record *r, err *e)
{
	home_client_state st;

	if (!load_state(s, r, &st, e))
		return false;
	if (!server_durable_add(s, r->conf.id, r->slot))
		return err_set(e, ERR_LIMIT, "no memory");
	return home_core_client_put(s->core, &r->conf, &st, e);
}

typedef struct loading {
	server *s;
	unsigned n, bad;
} loading;

static void log_bad(void *ctx, const err *why)
{
	loading *l = ctx;

	l->bad++;
	log_error(&l->s->log, "%s", why->text);
}

static bool load_one(void *ctx, const client_record *r)
{
	loading *l = ctx;
	err e;

	if (put(l->s, r, &e))
		l->n++;
	else
		log_bad(l, &e);
	return true;
}

bool server_clients_load(server *s, err *e)
{
	loading l = { .s = s };
	const registry_visit v = { &l, load_one, log_bad };

	if (!registry_each(s->conf->state, &v, e))
		return false;
	log_info(&s->log, "%u clients%s", l.n, l.bad ? ", some could not be read" : "");
	return true;
}

bool server_client_load(server *s, const char *name, err *e)
{
	client_record r;
	bool ok = registry_read(s->conf->state, name, &r, e) && put(s, &r, e);

	client_record_wipe(&r);
	return ok;
}

static bool clean_one(void *ctx, const client_record *r)
{
	server *s = ctx;
	home_client_state st = { 0 };
	bool damaged;

	state_load(s->store, r->slot, r->conf.id, &st, &damaged);
	const ip_addr *all[] = { &r->conf.home4, &r->conf.home6, &st.lease4, &st.lease6 };
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		server_clean_address(s, all[i]);
	return true;
}

static void ignore(void *ctx, const err *why)
{
	(void)ctx;
	(void)why; /* logged when it is loaded */
}

bool server_clients_clean(server *s, err *e)
{
	const registry_visit v = { s, clean_one, ignore };

	return registry_each(s->conf->state, &v, e);
}

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

/* By name, since its file is gone when this is called. */
bool server_client_unload(server *s, const char *name, err *e)
{
	char nai[NAI_MAX + 1];
	finding f = { .nai = nai };

	if (strlen(name) + 1 + strlen(s->conf->realm) > NAI_MAX)
		return err_set(e, ERR_USAGE, "%.80s: the name is too long", name);
	strcat(strcat(strcpy(nai, name), "@"), s->conf->realm);
	home_core_each_client(s->core, match, &f);
	if (!f.found)
		return true; /* never loaded: nothing to drop */
	home_core_client_remove(s->core, f.id);
	server_durable_remove(s, f.id);
	log_info(&s->log, "%s removed", nai);
	return true;
}
