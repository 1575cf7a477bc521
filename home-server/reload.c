/* SPDX-License-Identifier: MIT */
/* reload.c - first the configuration's file is read in durable's thread, and taken over; then the registry. Names are
 * looked up beside that, which nothing waits for. */
#include "reload.h"
#include "conf_change.h"

#include <stdlib.h>
#include <string.h>

typedef struct reloading {
	writer_task task; /* first: its address is the reloading's */
	reload *owner;
	reload_done *done;
	void *ctx;
	char *file;
	server_conf *next; /* NULL: why it could not be read */
	err why;
} reloading;

static void finish(reloading *g, bool ok)
{
	g->done(g->ctx, ok);
	server_conf_free(g->next);
	free(g->file);
	free(g);
}

static void refuse(reloading *g, const err *why)
{
	log_error(&g->owner->settings->log, "not reloaded: %s", why->text);
	finish(g, false);
}

static void read_file(writer_task *t)
{
	reloading *g = (reloading *)t;

	g->next = server_conf_load(g->file, &g->why);
}

/* All that can fail; false: nothing was changed. */
static bool prepare(const reload *r, const server_conf *next, err *e)
{
	const server_conf *now = r->settings->conf;
	const char *key = server_conf_find_fixed_change(now, next);

	if (key)
		return err_set(e, ERR_CONFIG, "%s: %s can't change while running: restart",
			       now->file, key);
	return sockets_open_ipip(r->sockets, next, e) && datapath_watch_ipip(r->data, e);
}

/* Links with relays are reset when one of them changed, which relays notice within a second; clients'
 * packets go on meanwhile. */
static void take_over(const reload *r, server_conf *next)
{
	bool same = server_conf_has_same_relays(r->settings->conf, next);

	settings_replace(r->settings, next);
	if (!same && !home_core_relays_changed(r->core))
		log_error(&r->settings->log, "relays: no memory, or cryptography failed");
	lookups_start(r->lookups);
}

static void handle_clients(void *ctx, const err *why)
{
	reloading *g = ctx;
	const logger *log = &g->owner->settings->log;

	if (why)
		log_error(log, "%s", why->text);
	else
		log_info(log, "configuration reloaded");
	finish(g, !why);
}

static void handle_file(writer_task *t, bool ran)
{
	reloading *g = (reloading *)t;
	reload *r = g->owner;

	if (!ran) {
		finish(g, false);
	} else if (!g->next || !prepare(r, g->next, &g->why)) {
		refuse(g, &g->why);
	} else {
		take_over(r, g->next);
		g->next = NULL;
		client_changes_reload(r->clients, handle_clients, g);
	}
}

void reload_configuration(reload *r, reload_done *done, void *ctx)
{
	reloading *g = calloc(1, sizeof *g);
	char *file = strdup(r->settings->conf->file);

	if (!g || !file) {
		free(g);
		free(file);
		log_error(&r->settings->log, "not reloaded: no memory");
		done(ctx, false);
		return;
	}
	*g = (reloading){ .task = { read_file, handle_file },
			  .owner = r,
			  .done = done,
			  .ctx = ctx,
			  .file = file };
	if (!durable_queue_task(r->clients->durable, &g->task)) {
		err_set(&g->why, ERR_LIMIT, "too much waits for the disk");
		refuse(g, &g->why);
	}
}
