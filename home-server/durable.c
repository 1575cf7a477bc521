/* SPDX-License-Identifier: MIT */
#include "durable.h"

#include "io/net/now.h"
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>

bool durable_open(durable *d, const settings *s, err *e)
{
	const char *dir = s->conf->state;
	char path[PATH_MAX];
	uint64_t seed;

	*d = (durable){ .settings = s };
	if (!registry_prepare(dir, e))
		return false;
	if (snprintf(path, sizeof path, "%s/replay.db", dir) >= PATH_MAX)
		return err_set(e, ERR_CONFIG, "%s: the path is too long", dir);
	d->store = state_open(path, true, e);
	if (!d->store)
		return false;
	d->slots = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return d->slots || err_set(e, ERR_LIMIT, "no memory or no random numbers");
}

/* In the writer's thread. */
static bool save(void *ctx, uint32_t slot, const home_client_state *st)
{
	durable *d = ctx;

	if (!state_save(d->store, slot, st))
		return false;
	syncer_wanted(d->syncer);
	return true;
}

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

static void on_written(void *ctx)
{
	durable *d = ctx;
	core_time now = io_now();
	uint64_t number;
	bool ok;

	while (writer_take(d->writer, &number, &ok)) {
		log_outcome(d, ok);
		home_core_complete(d->core, now, number, ok);
		datapath_make_room(d->data);
	}
}

bool durable_start(durable *d, io_loop *l, home_core *core, datapath *data, err *e)
{
	d->core = core;
	d->data = data;
	d->syncer = syncer_new(d->store, e);
	d->writer = d->syncer ? writer_new(save, d, e) : NULL;
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
	writer_free(d->writer);
	syncer_free(d->syncer);
	state_close(d->store);
	map_free(d->slots);
}

void durable_request(durable *d, uint64_t number, const home_request *r)
{
	uintptr_t slot = (uintptr_t)map_get(d->slots, map_key_bytes(r->client, CLIENT_ID_LEN));

	if (!slot || !writer_queue(d->writer, number, (uint32_t)(slot - 1), r->state))
		log_outcome(d, false);
}

bool durable_load(const durable *d, const client_record *r, home_client_state *out, bool *damaged)
{
	return state_load(d->store, r->slot, r->conf.id, out, damaged);
}

bool durable_add(durable *d, const uint8_t id[CLIENT_ID_LEN], uint32_t slot)
{
	return map_put(d->slots, map_key_bytes(id, CLIENT_ID_LEN), (void *)(uintptr_t)(slot + 1));
}

void durable_remove(durable *d, const uint8_t id[CLIENT_ID_LEN])
{
	uintptr_t slot = (uintptr_t)map_get(d->slots, map_key_bytes(id, CLIENT_ID_LEN));

	map_del(d->slots, map_key_bytes(id, CLIENT_ID_LEN));
	if (slot)
		writer_forget(d->writer, (uint32_t)(slot - 1));
}
