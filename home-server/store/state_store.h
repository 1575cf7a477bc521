/* SPDX-License-Identifier: MIT */
/* state_store.h - what must survive a crash, of every client: STATE/replay.db.
 *
 * A file of slots of fixed size, one a client. A slot has a card (whose it is; written once, when the
 * client is added) and two copies of the state, written in turn, each with a counter and a checksum:
 * whatever instant the writer dies at, or the power fails, one of them is whole, and it is the one last
 * confirmed or a later one. A slot's room is allocated when it is made, so that a full disk stops no client that was added.
 * One write a save; state_sync() confirms all that was saved since the last one. For one thread at a time. */
#ifndef HW_SERVER_STATE_STORE_H
#define HW_SERVER_STATE_STORE_H

#include "core/home/core.h"
#include <sys/types.h>

enum {
	STATE_HEADER_LEN = 512,
	STATE_SLOT_LEN = 512,
	STATE_CARD_LEN = 256, /* then the two copies */
	STATE_COPY_LEN = 128,
	STATE_NAME_MAX = 63,
	STATE_NO_SLOT = UINT32_MAX,
};

typedef struct state_card {
	uint8_t id[CLIENT_ID_LEN];
	char name[STATE_NAME_MAX + 1];
	uint32_t spi;
	ip_addr home4, home6; /* as configured; len 0: dynamic */
} state_card;

/* The calls of the system that wait for the disk and by which it fails, as pread(), pwrite() and fdatasync(). */
typedef struct state_disk {
	void *ctx;
	ssize_t (*read)(void *ctx, int fd, void *p, size_t n, off_t at);
	ssize_t (*write)(void *ctx, int fd, const void *p, size_t n, off_t at);
	int (*sync)(void *ctx, int fd);
} state_disk;
extern const state_disk state_disk_of_system;

typedef struct state_store state_store;
/* Opens or makes the file; writable: for adding and saving. NULL: see *e. */
state_store *state_open(const char *path, bool writable, err *e);
state_store *state_open_on(const state_disk *disk, const char *path, bool writable, err *e);
void state_close(state_store *s); /* NULL is fine */

/* Every slot in use, until each() returns false. state: what is kept of the client (zeros: nothing). */
typedef bool state_visit(void *ctx, uint32_t slot, const state_card *card,
			 const home_client_state *state);
bool state_each(state_store *s, state_visit *each, void *ctx, err *e);

/* A new slot, or one that was cleared. STATE_NO_SLOT: see *e. */
uint32_t state_add(state_store *s, const state_card *card, err *e);
bool state_clear(state_store *s, uint32_t slot, err *e);
/* False: the slot is not this client's. *damaged: it is, but neither copy is whole. */
bool state_load(state_store *s, uint32_t slot, const uint8_t id[CLIENT_ID_LEN],
		home_client_state *out, bool *damaged);
/* Of a slot that was loaded. */
bool state_save(state_store *s, uint32_t slot, const home_client_state *st);
/* False: nothing that was saved since the last one is confirmed, see *e. */
bool state_sync(state_store *s, err *e);

#endif
