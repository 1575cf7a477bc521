/* SPDX-License-Identifier: MIT */
#include "client_changes.h"

#include <stdlib.h>
#include <string.h>

typedef struct change {
	writer_task task; /* first: its address is the change's */
	bool (*apply)(struct change *ch, err *e);
	clients *clients;
	client_changed *done;
	void *ctx;
	state_store *store; /* the thread's */
	client_scan scan;   /* the thread's while it runs, as are these three */
	char name[CLIENT_NAME_MAX + 1];
	bool ok;
	err why;
	uint64_t drops; /* before it was read */
} change;

static void finish(change *ch, bool ok, const err *why)
{
	ch->done(ch->ctx, ok ? NULL : why);
	client_scan_free(&ch->scan);
	free(ch);
}

static void start(change *ch)
{
	err e = { 0 };

	ch->drops = ch->clients->drops;
	if (!durable_queue_task(ch->clients->durable, &ch->task))
		finish(ch, err_set(&e, ERR_LIMIT, "too much waits for the disk: try again"), &e);
}

/* --- in the thread --- */

static void read_all(writer_task *t)
{
	change *ch = (change *)t;

	ch->ok = client_scan_all(&ch->scan, ch->store, &ch->why);
}

static void read_one(writer_task *t)
{
	change *ch = (change *)t;

	ch->ok = client_scan_one(&ch->scan, ch->store, ch->name, &ch->why);
}

/* That it runs is all: what was queued for the slot before is written or forgotten. */
static void read_none(writer_task *t)
{
	change *ch = (change *)t;

	ch->ok = true;
}

/* --- in the loop --- */

static bool apply_all(change *ch, err *e)
{
	err ignored;

	(void)e;
	for (size_t i = 0; i < ch->scan.n_gone; i++)
		clients_drop(ch->clients, ch->scan.gone[i], &ignored);
	clients_put_all(ch->clients, &ch->scan);
	return true;
}

static bool apply_one(change *ch, err *e)
{
	return clients_put(ch->clients, ch->scan.clients, e);
}

static bool apply_none(change *ch, err *e)
{
	(void)ch;
	(void)e;
	return true;
}

/* A client that was dropped meanwhile may have been read before: once more, then. */
static void handle_read(writer_task *t, bool ran)
{
	change *ch = (change *)t;

	if (!ran)
		finish(ch, err_set(&ch->why, ERR_LIMIT, "the daemon ends"), &ch->why);
	else if (ch->ok && ch->apply != apply_none && ch->drops != ch->clients->drops)
		start(ch);
	else
		finish(ch, ch->ok && ch->apply(ch, &ch->why), &ch->why);
}

static change *make_change(clients *c, client_changed *done, void *ctx)
{
	change *ch = calloc(1, sizeof *ch);
	err e = { 0 };

	if (!ch || !client_scan_init(&ch->scan, c->settings->conf->state)) {
		free(ch);
		err_set(&e, ERR_LIMIT, "no memory");
		done(ctx, &e);
		return NULL;
	}
	ch->task.done = handle_read;
	ch->clients = c;
	ch->done = done;
	ch->ctx = ctx;
	ch->store = c->durable->store;
	return ch;
}

static void ask_whether_gone(void *ctx, const uint8_t id[CLIENT_ID_LEN], const char *nai)
{
	char name[CLIENT_NAME_MAX + 1] = "";
	size_t len = strcspn(nai, "@");

	(void)id;
	if (len > CLIENT_NAME_MAX)
		return;
	memcpy(name, nai, len);
	client_scan_ask(ctx, name); /* without memory it stays until the next reload */
}

void client_changes_reload(clients *c, client_changed *done, void *ctx)
{
	change *ch = make_change(c, done, ctx);

	if (!ch)
		return;
	home_core_each_client(c->core, ask_whether_gone, &ch->scan);
	ch->task.run = read_all;
	ch->apply = apply_all;
	start(ch);
}

void client_changes_load(clients *c, const char *name, client_changed *done, void *ctx)
{
	change *ch = make_change(c, done, ctx);

	if (!ch)
		return;
	strncpy(ch->name, name, CLIENT_NAME_MAX);
	ch->task.run = read_one;
	ch->apply = apply_one;
	start(ch);
}

void client_changes_unload(clients *c, const char *name, client_changed *done, void *ctx)
{
	err e = { 0 };
	bool ok = clients_drop(c, name, &e);
	change *ch = ok ? make_change(c, done, ctx) : NULL;

	if (!ok)
		done(ctx, &e);
	if (!ch)
		return;
	ch->task.run = read_none;
	ch->apply = apply_none;
	start(ch);
}
