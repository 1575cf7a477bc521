/* SPDX-License-Identifier: MIT */
#include "durable.h"
#include "store/registry.h"

#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>

enum {
	TURN_COMPLETIONS = 64, /* then packets have their turn */
	END_MS = 2000,
	NOBODY = 0, /* the number of what nobody waits for; no wait of the core's has it */
};

/* The sync is for what a daemon that was killed had saved: from here on it counts as confirmed. */
bool durable_open(durable *d, const settings *s, const state_disk *disk, err *e)
{
	const char *dir = s->conf->state;
	char path[PATH_MAX];
	uint64_t seed;

	*d = (durable){ .settings = s };
	if (!registry_prepare(dir, e))
		return false;
	if (snprintf(path, sizeof path, "%s/replay.db", dir) >= PATH_MAX)
		return err_set(e, ERR_CONFIG, "%s: the path is too long", dir);
	d->store = state_open_on(disk, path, true, e);
	if (!d->store || !state_sync(d->store, e))
		return false;
	d->slots = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return d->slots || err_set(e, ERR_LIMIT, "no memory or no random numbers");
}

/* --- in the thread --- */

static bool save(void *ctx, uint32_t slot, const home_client_state *st)
{
	return state_save(ctx, slot, st);
}

static bool sync_saved(void *ctx)
{
	return state_sync(ctx, NULL);
}

/* --- in the loop --- */

static void log_outcome(durable *d, bool ok)
{
	const settings *s = d->settings;

	if (ok == !d->failed)
		return;
	d->failed = !ok;
	if (ok)
		log_info(&s->log, "state under %s can be written again", s->conf->state);
	else
		log_error(&s->log, "state under %s can't be written: registrations are refused",
			  s->conf->state);
}

static void handle_result(durable *d, const writer_result *r)
{
	bool ok = r->outcome == WRITER_DURABLE;

	if (r->task) {
		r->task->done(r->task, true);
		return;
	}
	if (r->outcome != WRITER_FORGOTTEN)
		log_outcome(d, ok);
	if (r->number != NOBODY)
		d->complete(d->ctx, r->number, ok);
}

static void on_written(void *ctx)
{
	durable *d = ctx;
	writer_result r;

	for (int i = 0; i < TURN_COMPLETIONS; i++) {
		if (!writer_take(d->writer, &r)) {
			d->full = false;
			break;
		}
		handle_result(d, &r);
	}
}

bool durable_start(durable *d, io_loop *l, durable_complete *complete, void *ctx, err *e)
{
	const writer_disk disk = { d->store, save, sync_saved };

	d->complete = complete;
	d->ctx = ctx;
	d->writer = writer_new(&disk, e);
	d->watch = d->writer ? io_watch_new(l, writer_fd(d->writer), on_written, d, e) : NULL;
	return d->watch != NULL;
}

void durable_flush(durable *d)
{
	writer_flush(d->writer);
}

void durable_close(durable *d)
{
	io_watch_free(d->watch);
	if (writer_end(d->writer, END_MS))
		state_close(d->store);
	else
		log_warn(&d->settings->log,
			 "the disk under %s does not answer: the process ends when it does",
			 d->settings->conf->state);
	map_free(d->slots);
}

static void *find_slot(const durable *d, const uint8_t id[CLIENT_ID_LEN])
{
	return map_get(d->slots, map_key_bytes(id, CLIENT_ID_LEN));
}

void durable_request(durable *d, uint64_t number, const home_request *r)
{
	uintptr_t slot = (uintptr_t)find_slot(d, r->client);
	const settings *s = d->settings;

	if (!slot || writer_queue(d->writer, number, (uint32_t)(slot - 1), r->state) || d->full)
		return;
	d->full = true;
	log_error(&s->log, "the disk under %s is too slow: registrations are refused",
		  s->conf->state);
}

void durable_remember(durable *d, const uint8_t client[CLIENT_ID_LEN],
		      const home_client_state *state)
{
	uintptr_t slot = (uintptr_t)find_slot(d, client);

	if (slot)
		writer_queue(d->writer, NOBODY, (uint32_t)(slot - 1), state);
}

bool durable_queue_task(durable *d, writer_task *t)
{
	return writer_queue_task(d->writer, t);
}

bool durable_has(const durable *d, const uint8_t id[CLIENT_ID_LEN])
{
	return find_slot(d, id) != NULL;
}

bool durable_add(durable *d, const uint8_t id[CLIENT_ID_LEN], uint32_t slot)
{
	return map_put(d->slots, map_key_bytes(id, CLIENT_ID_LEN), (void *)((uintptr_t)slot + 1));
}

void durable_remove(durable *d, const uint8_t id[CLIENT_ID_LEN])
{
	uintptr_t slot = (uintptr_t)find_slot(d, id);

	map_del(d->slots, map_key_bytes(id, CLIENT_ID_LEN));
	if (slot && d->writer)
		writer_forget(d->writer, (uint32_t)(slot - 1));
}
