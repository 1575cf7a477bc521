/* SPDX-License-Identifier: MIT */
/* durable.h - what of clients has to survive: the store, where each client's slot in it is, and the thread that the
 * core's requests go to. From durable_start() on nothing here waits for the disk. */
#ifndef HW_SERVER_DURABLE_H
#define HW_SERVER_DURABLE_H

#include "base/map.h"
#include "io/loop/loop.h"
#include "settings.h"
#include "store/state_store.h"
#include "writer.h"

/* The request of that number: its state is on the disk (ok), or can't be. */
typedef void durable_complete(void *ctx, uint64_t number, bool ok);

typedef struct durable {
	const settings *settings; /* borrowed */
	durable_complete *complete;
	void *ctx;
	state_store *store; /* the thread's, once there is one */
	map *slots;         /* client id to slot + 1 */
	writer *writer;
	io_watch *watch;
	bool failed; /* what was written last */
	bool full;   /* a request found no place since the queue was empty */
} durable;

/* disk: state_disk_of_system, but for tests. False: see *e; durable_close() then, too. */
bool durable_open(durable *d, const settings *s, const state_disk *disk, err *e);
/* Its thread begins: after privileges were dropped, which each thread does for itself. */
bool durable_start(durable *d, io_loop *l, durable_complete *complete, void *ctx, err *e);
void durable_flush(durable *d); /* wakes the thread for what was requested */
/* What has not been written is dropped. With a disk that stalls the thread is left behind, within two seconds. */
void durable_close(durable *d);

/* A registration whose state finds no place in the queue is refused when it has waited too long. */
void durable_request(durable *d, uint64_t number, const home_request *r);
/* Written as well, and nobody is notified. Lost if the queue is full. */
void durable_remember(durable *d, const uint8_t client[CLIENT_ID_LEN],
		      const home_client_state *state);
/* Runs t in the thread, which alone may use the store; false: too much is queued. */
bool durable_queue_task(durable *d, writer_task *t);

bool durable_has(const durable *d, const uint8_t id[CLIENT_ID_LEN]);
bool durable_add(durable *d, const uint8_t id[CLIENT_ID_LEN], uint32_t slot); /* false: no memory */
/* Its slot is free when a task has run that was queued after this. */
void durable_remove(durable *d, const uint8_t id[CLIENT_ID_LEN]);

#endif
