/* SPDX-License-Identifier: MIT */
/* durable.h - what of clients has to survive: the store, where each client's slot in it is, and the writer that the
 * core's requests go to. */
#ifndef HW_SERVER_DURABLE_H
#define HW_SERVER_DURABLE_H

#include "base/map.h"
#include "datapath.h"
#include "store/registry.h"
#include "store/state_store.h"
#include "sync.h"
#include "writer.h"

typedef struct durable {
	const settings *settings; /* these three are borrowed */
	home_core *core;
	datapath *data;
	state_store *store;
	map *slots; /* client id to slot + 1 */
	syncer *syncer;
	writer *writer;
	io_watch *watch;
	bool failed; /* what was written last */
} durable;

/* False: see *e; durable_close() then, too. */
bool durable_open(durable *d, const settings *s, err *e);
/* Its threads begin: after privileges were dropped, which each thread does for itself. */
bool durable_start(durable *d, io_loop *l, home_core *core, datapath *data, err *e);
void durable_flush(durable *d); /* wakes the writer for what was requested */
void durable_close(durable *d); /* what was requested is written before it returns */

/* A registration whose state finds no place in the queue is refused when it has waited too long. */
void durable_request(durable *d, uint64_t number, const home_request *r);

/* As state_load(). */
bool durable_load(const durable *d, const client_record *r, home_client_state *out, bool *damaged);
bool durable_add(durable *d, const uint8_t id[CLIENT_ID_LEN], uint32_t slot); /* false: no memory */
void durable_remove(durable *d, const uint8_t id[CLIENT_ID_LEN]); /* its slot is free then */

#endif
