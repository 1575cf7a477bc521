/* SPDX-License-Identifier: MIT */
/* durable.c - what of clients has to survive: the store, where each client's slot in it is, and the writer. */
#include "server.h"

#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>

bool server_durable_open(server *s, err *e)
{
	char path[PATH_MAX];
	uint64_t seed;

	if (!registry_prepare(s->conf->state, e))
		return false;
	if (snprintf(path, sizeof path, "%s/replay.db", s->conf->state) >= PATH_MAX)
		return err_set(e, ERR_CONFIG, "%s: the path is too long", s->conf->state);
	s->store = state_open(path, true, e);
	if (!s->store)
		return false;
	s->slots = RAND_bytes((uint8_t *)&seed, sizeof seed) == 1 ? map_new(seed) : NULL;
	return s->slots || err_set(e, ERR_LIMIT, "no memory or no random numbers");
}

/* In the writer's thread. */
static bool save(void *ctx, uint32_t slot, const home_client_state *st)
{
	server *s = ctx;

	if (!state_save(s->store, slot, st))
		return false;
	syncer_wanted(s->syncer);
	return true;
}

static void log_outcome(server *s, bool ok)
{
	if (ok == !s->disk_failed)
		return;
	s->disk_failed = !ok;
	if (ok)
		log_info(&s->log, "state under %s can be written again", s->conf->state);
	else
		log_error(&s->log, "state under %s can't be written: registrations are refused",
			  s->conf->state);
}

static void on_written(void *ctx)
{
	server *s = ctx;
	core_time now = server_now();
	uint64_t number;
	bool ok;

	while (writer_take(s->writer, &number, &ok)) {
		log_outcome(s, ok);
		home_core_complete(s->core, now, number, ok);
		if (!dgramq_has_room(&s->tx))
			server_flush(s);
	}
	server_flush(s);
	server_arm(s);
}

bool server_durable_start(server *s, err *e)
{
	s->syncer = syncer_new(s->store, e);
	s->writer = s->syncer ? writer_new(save, s, e) : NULL;
	s->writer_watch =
		s->writer ? io_watch_new(s->loop, writer_fd(s->writer), on_written, s, e) : NULL;
	return s->writer_watch != NULL;
}

/* What is queued is written before it returns. */
void server_durable_close(server *s)
{
	io_watch_free(s->writer_watch);
	writer_free(s->writer);
	syncer_free(s->syncer);
	state_close(s->store);
	map_free(s->slots);
}

/* A registration whose state finds no place in the queue is refused when it has waited too long. */
void server_request(void *ctx, uint64_t number, const home_request *r)
{
	server *s = ctx;
	uintptr_t slot = (uintptr_t)map_get(s->slots, map_key_bytes(r->client, CLIENT_ID_LEN));

	if (!slot || !writer_queue(s->writer, number, (uint32_t)(slot - 1), r->state))
		log_outcome(s, false);
}

bool server_durable_add(server *s, const uint8_t id[CLIENT_ID_LEN], uint32_t slot)
{
	return map_put(s->slots, map_key_bytes(id, CLIENT_ID_LEN), (void *)(uintptr_t)(slot + 1));
}

void server_durable_remove(server *s, const uint8_t id[CLIENT_ID_LEN])
{
	uintptr_t slot = (uintptr_t)map_get(s->slots, map_key_bytes(id, CLIENT_ID_LEN));

	map_del(s->slots, map_key_bytes(id, CLIENT_ID_LEN));
	if (slot)
		writer_forget(s->writer, (uint32_t)(slot - 1));
}
