/* SPDX-License-Identifier: MIT */
#include "core/home/change.h"

#include <stdlib.h>

enum {
	WINDOW = 32, /* messages on their way */
	RESEND_MS = 200,
};

void home_changes_open(home_changes *l)
{
	for (unsigned i = 0; i < HOME_READERS; i++)
		l->readers[i] = (home_reader){ .resend_ms = UINT64_MAX };
}

static void append(home_changes *l, home_change *c)
{
	c->version = ++l->version;
	c->next = NULL;
	c->prev = l->last;
	*(c->prev ? &c->prev->next : &l->first) = c;
	l->last = c;
	for (unsigned i = 0; i < HOME_READERS; i++)
		if (!l->readers[i].cursor)
			l->readers[i].cursor = c;
}

static void take_out(home_changes *l, home_change *c)
{
	if (!c->version)
		return;
	for (unsigned i = 0; i < HOME_READERS; i++)
		if (l->readers[i].cursor == c)
			l->readers[i].cursor = c->next;
	*(c->prev ? &c->prev->next : &l->first) = c->next;
	*(c->next ? &c->next->prev : &l->last) = c->prev;
	c->version = 0;
}

void home_changes_append(home_changes *l, home_change *c)
{
	take_out(l, c);
	append(l, c);
}

static bool has_reader(const home_changes *l)
{
	for (unsigned i = 0; i < HOME_READERS; i++)
		if (l->readers[i].reading)
			return true;
	return false;
}

bool home_changes_remove(home_changes *l, home_change *c)
{
	take_out(l, c);
	if (!has_reader(l))
		return true;
	home_change *note = calloc(1, sizeof *note);
	if (!note)
		return false;
	note->handle = c->handle;
	note->removed = true;
	append(l, note);
	*(l->last_note ? &l->last_note->next_note : &l->first_note) = note;
	l->last_note = note;
	return true;
}

/* Notes that all readers have acknowledged. */
static void forget_notes(home_changes *l)
{
	uint64_t read = UINT64_MAX;

	for (unsigned i = 0; i < HOME_READERS; i++)
		if (l->readers[i].reading && l->readers[i].acked < read)
			read = l->readers[i].acked;
	while (l->first_note && l->first_note->version <= read) {
		home_change *note = l->first_note;
		l->first_note = note->next_note;
		if (!l->first_note)
			l->last_note = NULL;
		take_out(l, note);
		free(note);
	}
}

void home_changes_close(home_changes *l)
{
	for (unsigned i = 0; i < HOME_READERS; i++)
		home_reader_stop(l, &l->readers[i]);
	forget_notes(l);
}

/* Back to what was acknowledged. */
static void go_back(const home_changes *l, home_reader *r)
{
	home_change *c = l->first;

	while (c && c->version <= r->acked)
		c = c->next;
	r->cursor = c;
	r->has_begun = r->acked > 0;
	r->sent = r->acked;
	r->in_flight = 0;
	r->resend_ms = UINT64_MAX;
}

void home_reader_start(home_changes *l, home_reader *r)
{
	r->reading = true;
	r->has_all = false;
	r->acked = 0;
	go_back(l, r);
}

void home_reader_stop(home_changes *l, home_reader *r)
{
	r->reading = r->has_all = false;
	r->resend_ms = UINT64_MAX;
	forget_notes(l);
}

bool home_reader_can_read(const home_reader *r)
{
	return r->reading && (r->cursor || !r->has_begun) && r->in_flight < WINDOW;
}

void home_reader_advance(home_reader *r, home_change *next, uint64_t version, uint64_t now_ms)
{
	r->cursor = next;
	r->sent = version;
	r->has_begun = true;
	r->in_flight++;
	if (r->resend_ms == UINT64_MAX)
		r->resend_ms = now_ms + RESEND_MS;
}

void home_reader_acknowledge(home_changes *l, home_reader *r, uint64_t version, uint64_t now_ms)
{
	if (version > r->sent)
		return;
	r->in_flight -= r->in_flight > 0;
	if (version > r->acked) {
		r->acked = version;
		r->resend_ms = now_ms + RESEND_MS;
	}
	if (r->acked == r->sent) {
		r->in_flight = 0;
		r->resend_ms = UINT64_MAX;
		r->has_all = !r->cursor;
	}
	forget_notes(l);
}

void home_reader_tick(home_changes *l, home_reader *r, uint64_t now_ms)
{
	if (r->reading && now_ms >= r->resend_ms)
		go_back(l, r);
}
