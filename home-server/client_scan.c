/* SPDX-License-Identifier: MIT */
#include "client_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool client_scan_init(client_scan *c, const char *state)
{
	*c = (client_scan){ .state = strdup(state) };
	return c->state != NULL;
}

static void forget_found(client_scan *c)
{
	for (size_t i = 0; i < c->n; i++)
		client_record_wipe(&c->clients[i].record);
	c->n = c->n_bad = 0;
}

void client_scan_free(client_scan *c)
{
	forget_found(c);
	free(c->clients);
	free(c->gone);
	free(c->state);
}

bool client_scan_ask(client_scan *c, const char *name)
{
	if (c->n_gone == c->gone_room) {
		size_t room = c->gone_room ? 2 * c->gone_room : 16;
		void *more = realloc(c->gone, room * sizeof *c->gone);

		if (!more)
			return false;
		c->gone = more;
		c->gone_room = room;
	}
	strcpy(c->gone[c->n_gone++], name);
	return true;
}

static void keep_gone(client_scan *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_gone; i++)
		if (!registry_has(c->state, c->gone[i]) && errno == ENOENT)
			memmove(c->gone[n++], c->gone[i], sizeof *c->gone);
	c->n_gone = n;
}

static bool make_room(client_scan *c, err *e)
{
	if (c->n < c->room)
		return true;
	size_t room = c->room ? 2 * c->room : 1;
	scanned_client *more = calloc(room, sizeof *more); /* not realloc(): the keys are wiped */
	if (!more)
		return err_set(e, ERR_LIMIT, "no memory");
	if (c->n) {
		memcpy(more, c->clients, c->n * sizeof *more);
		explicit_bzero(c->clients, c->n * sizeof *c->clients);
	}
	free(c->clients);
	c->clients = more;
	c->room = room;
	return true;
}

typedef struct scanning {
	client_scan *scan;
	state_store *store;
} scanning;

static bool add(scanning *s, const client_record *r, err *e)
{
	if (!make_room(s->scan, e))
		return false;
	scanned_client *c = &s->scan->clients[s->scan->n];
	*c = (scanned_client){ .record = *r };
	if (!state_load(s->store, r->slot, r->conf.id, &c->state, &c->damaged))
		return err_set(
			e, ERR_CONFIG,
			"%s: its slot %u in replay.db is missing or another client's: remove "
			"the client and add it again",
			r->conf.nai, r->slot);
	s->scan->n++;
	return true;
}

static void note_bad(void *ctx, const err *why)
{
	scanning *s = ctx;

	if (s->scan->n_bad < sizeof s->scan->bad / sizeof s->scan->bad[0])
		s->scan->bad[s->scan->n_bad] = *why;
	s->scan->n_bad++;
}

static bool add_each(void *ctx, const client_record *r)
{
	err e = { 0 };

	if (!add(ctx, r, &e))
		note_bad(ctx, &e);
	return true;
}

bool client_scan_all(client_scan *c, state_store *store, err *e)
{
	scanning s = { c, store };
	const registry_visit v = { &s, add_each, note_bad };

	forget_found(c);
	keep_gone(c);
	return registry_each(c->state, &v, e);
}

bool client_scan_one(client_scan *c, state_store *store, const char *name, err *e)
{
	scanning s = { c, store };
	client_record r;

	forget_found(c);
	bool ok = registry_read(c->state, name, &r, e) && add(&s, &r, e);
	client_record_wipe(&r);
	return ok;
}
