/* SPDX-License-Identifier: MIT */
/* writer.h - makes clients' states durable in a thread of its own, in the order in which they were queued, so that a
 * slow disk stalls no packet. Bounded. The thread is woken once for all that was queued up to writer_flush(), and
 * reports what it has written in batches, too. A state is written when the kernel has it (a killed process loses
 * nothing then); for the loss of power see sync.h. */
#ifndef HW_SERVER_WRITER_H
#define HW_SERVER_WRITER_H

#include "core/home/conf.h"

/* Called in the thread; false: it could not be written. */
typedef bool writer_save(void *ctx, uint32_t slot, const home_client_state *s);

typedef struct writer writer;
writer *writer_new(writer_save *save, void *ctx, err *e); /* NULL: see *e */
void writer_free(writer *w); /* after all that is queued was written; NULL is fine */

bool writer_queue(writer *w, uint64_t number, uint32_t slot,
		  const home_client_state *s); /* false: full */
void writer_flush(writer *w);

int writer_fd(const writer *w); /* readable: something was written, or failed */
/* The next one that was, in order; false: no more, and the descriptor is not readable until there is. */
bool writer_take(writer *w, uint64_t *number, bool *ok);

/* What is queued for the slot is not written any more (and fails); waits for one that is being written. Then the
 * slot may become another's. */
void writer_forget(writer *w, uint32_t slot);

#endif
