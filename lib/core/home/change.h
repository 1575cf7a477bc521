/* SPDX-License-Identifier: MIT */
/* change.h - a list of clients in the order of their last change, and the readers that follow it. A reader begins at
 * the start and then gets what is appended; what it does not acknowledge in time it gets again, as it is by then.
 * Versions number the changes. A client that was removed leaves a note until every reader has it. */
#ifndef HW_CORE_HOME_CHANGE_H
#define HW_CORE_HOME_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct home_change home_change;
struct home_change { /* a client's place in the list, inside its owner; or a note */
	home_change *prev, *next, *next_note;
	uint64_t version; /* 0: not in the list */
	uint64_t handle;  /* the client's name for readers */
	bool removed;     /* a note */
};

typedef struct home_reader {
	bool reading;
	bool has_begun;       /* something was read since the start */
	bool has_all;         /* acknowledged all there is */
	home_change *cursor;  /* the next to read; NULL: none */
	uint64_t sent, acked; /* versions */
	unsigned in_flight;   /* messages */
	uint64_t resend_ms;
} home_reader;

enum { HOME_READERS = 8 };
typedef struct home_changes {
	home_change *first, *last, *first_note, *last_note;
	uint64_t version; /* of the last change */
	home_reader readers[HOME_READERS];
} home_changes;

void home_changes_open(home_changes *l);  /* no reader reads; what is in the list stays */
void home_changes_close(home_changes *l); /* frees the notes */

void home_changes_append(home_changes *l, home_change *c); /* or moves to the end */
/* False: there was no memory for a note, every reader has to start again. */
bool home_changes_remove(home_changes *l, home_change *c);

void home_reader_start(home_changes *l, home_reader *r);
void home_reader_stop(home_changes *l, home_reader *r);
bool home_reader_can_read(const home_reader *r); /* there is something, and the window is open */
/* A message was sent: what it holds ends before next, at version. */
void home_reader_advance(home_reader *r, home_change *next, uint64_t version, uint64_t now_ms);
void home_reader_acknowledge(home_changes *l, home_reader *r, uint64_t version, uint64_t now_ms);
void home_reader_tick(home_changes *l, home_reader *r, uint64_t now_ms);

#endif
