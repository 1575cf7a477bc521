/* SPDX-License-Identifier: MIT */
/* sync.h - brings the state to the disk at most once a second, in a thread of its own, so that a slow
 * disk never holds up a packet. A killed process loses nothing without it (the kernel has the
 * octets); it is for the loss of power. */
#ifndef HW_SERVER_SYNC_H
#define HW_SERVER_SYNC_H

#include "store/state_store.h"

typedef struct syncer syncer;
syncer *syncer_new(state_store *s, err *e); /* borrows the store */
void syncer_wanted(syncer *y);              /* something was saved; cheap */
void syncer_free(syncer *y);                /* after a last sync; NULL is fine */

#endif
