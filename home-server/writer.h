/* SPDX-License-Identifier: MIT */
/* writer.h - the one thread that touches the state's disk, so that a slow one stalls no packet: makes clients' states
 * durable, and does whatever else waits for a disk, in the order in which it was queued. Bounded.
 *
 * States are committed in groups: what was queued while the disk was busy is saved, brought to the disk by one sync,
 * and reported together. The queue's other end, and all functions here, are the loop's. */
#ifndef HW_SERVER_WRITER_H
#define HW_SERVER_WRITER_H

#include "core/home/conf.h"

typedef struct writer_disk { /* called in the thread; false: it failed */
	void *ctx;
	bool (*save)(void *ctx, uint32_t slot, const home_client_state *s);
	bool (*sync)(void *ctx); /* all that was saved since the last one */
} writer_disk;

/* Something to do when all that was queued before it has been committed. Lies in what its owner allocates. */
typedef struct writer_task writer_task;
struct writer_task {
	void (*run)(writer_task *t); /* in the thread */
	/* In the loop, by whom writer_take() gave it to; ran = false: by writer_end(), just to be freed. */
	void (*done)(writer_task *t, bool ran);
};

typedef enum writer_outcome { WRITER_DURABLE, WRITER_FAILED, WRITER_FORGOTTEN } writer_outcome;
typedef struct writer_result {
	writer_task *task; /* that ran; NULL: a state, and then: */
	uint64_t number;
	writer_outcome outcome;
} writer_result;

typedef struct writer writer;
writer *writer_new(const writer_disk *disk, err *e); /* NULL: see *e */
/* Drops what is queued: nothing of it was confirmed. False: the thread is still in a call of the disk after so long a
 * time; it and the disk's ctx have to stay. NULL is fine. */
bool writer_end(writer *w, unsigned patience_ms);

bool writer_queue(writer *w, uint64_t number, uint32_t slot,
		  const home_client_state *s);     /* false: full */
bool writer_queue_task(writer *w, writer_task *t); /* false: full */
void writer_flush(writer *w);                      /* wakes the thread for all that was queued */

int writer_fd(const writer *w); /* readable: something is to be taken */
/* The next one, in order; false: no more, and the descriptor is not readable until there is. */
bool writer_take(writer *w, writer_result *out);

/* What is queued for the slot need not be saved any more. A group that is being written is not stopped: a task queued
 * after this runs when nothing is written to the slot any more, which then may become another's. */
void writer_forget(writer *w, uint32_t slot);

#endif
