/* SPDX-License-Identifier: MIT */
/* admit.c - who may register by relays: all clients in one list, in the order of their last change.
 * A relay is told the list from its beginning when its link is new, and then what is appended. What was not
 * acknowledged in time is told again, as it is by then. */
#include "core/home/priv.h"

#include <openssl/crypto.h>
#include <stdlib.h>

enum {
	WINDOW = 32, /* messages on their way */
	RESEND_MS = 200,
};

static void append(home_core *h, home_change *c)
{
	c->version = ++h->version;
	c->next = NULL;
	c->prev = h->last_change;
	*(c->prev ? &c->prev->next : &h->first_change) = c;
	h->last_change = c;
	for (unsigned i = 0; i < h->conf->n_relays; i++)
		if (!h->relays[i].cursor)
			h->relays[i].cursor = c;
	h->relays_behind = h->conf->n_relays > 0;
}

static void take_out(home_core *h, home_change *c)
{
	if (!c->version)
		return;
	for (unsigned i = 0; i < h->conf->n_relays; i++)
		if (h->relays[i].cursor == c)
			h->relays[i].cursor = c->next;
	*(c->prev ? &c->prev->next : &h->first_change) = c->next;
	*(c->next ? &c->next->prev : &h->last_change) = c->prev;
	c->version = 0;
}

void home_changed(home_core *h, home_client *c)
{
	take_out(h, &c->change);
	append(h, &c->change);
}

static bool anybody_linked(const home_core *h)
{
	for (unsigned i = 0; i < h->conf->n_relays; i++)
		if (h->relays[i].linked)
			return true;
	return false;
}

/* Removed clients leave a note until every relay that is there has it. */
void home_change_gone(home_core *h, home_client *c)
{
	uint64_t handle = c->change.handle;

	take_out(h, &c->change);
	if (!anybody_linked(h))
		return;
	home_change *note = calloc(1, sizeof *note);
	if (!note) { /* then from the beginning: what is not in the list goes */
		home_links_drop(h);
		return;
	}
	note->handle = handle;
	note->removed = true;
	append(h, note);
	*(h->last_note ? &h->last_note->next_note : &h->first_note) = note;
	h->last_note = note;
}

/* Once all that are linked have acknowledged it. */
void home_changes_forget(home_core *h)
{
	uint64_t known = UINT64_MAX;

	for (unsigned i = 0; i < h->conf->n_relays; i++)
		if (h->relays[i].linked && h->relays[i].acked < known)
			known = h->relays[i].acked;
	while (h->first_note && h->first_note->version <= known) {
		home_change *note = h->first_note;
		h->first_note = note->next_note;
		if (!h->first_note)
			h->last_note = NULL;
		take_out(h, note);
		free(note);
	}
}

static home_client *client_of(home_change *c)
{
	return (home_client *)((char *)c - offsetof(home_client, change));
}

static bool put_entry(const home_core *h, const home_relay *r, home_change *c, wire_wr *w)
{
	link_entry e = { .handle = c->handle, .flags = c->removed ? LINK_ENTRY_REMOVED : 0 };
	bool ok = true;

	if (!c->removed) {
		const home_client *who = client_of(c);
		e.spis[0] = who->conf.spi;
		e.spis[1] = who->state.spi_now;
		e.spis[2] = who->state.spi_before;
		e.last_id = who->state.last_id;
		ok = reg_derive_key3(who->conf.key0, h->conf->relays[r - h->relays].name, e.key3);
	}
	link_entry_put(w, &e);
	OPENSSL_cleanse(&e, sizeof e);
	return ok;
}

/* One message from the cursor on; false: it could not be sent now. */
static bool tell(home_core *h, core_time now, home_relay *r)
{
	enum { MAX = LINK_ADMIT_HDR + LINK_ENTRIES_MAX * LINK_ENTRY_LEN };
	uint8_t *body = reg_link_reserve(h->tx, MAX);
	link_admit m = { .from = r->sent, .to = r->sent };
	home_change *c = r->cursor;

	if (!body)
		return false;
	wire_wr entries = wire_writer(body + LINK_ADMIT_HDR, MAX - LINK_ADMIT_HDR);
	for (; c && m.count < LINK_ENTRIES_MAX; c = c->next, m.count++) {
		if (!put_entry(h, r, c, &entries))
			return false;
		m.to = c->version;
	}
	if (!c) {
		m.flags = LINK_ALL_TOLD;
		m.to = h->version;
	}
	wire_wr head = wire_writer(body, LINK_ADMIT_HDR);
	link_admit_put(&head, &m);
	if (!reg_link_commit(h->tx, &r->route, r->sa, body, LINK_ADMIT_HDR + wire_len(&entries)))
		return false;
	r->cursor = c;
	r->sent = m.to;
	r->begun = true;
	r->in_flight++;
	if (r->resend_ms == UINT64_MAX)
		r->resend_ms = now.ms + RESEND_MS;
	return true;
}

static bool has_more(const home_relay *r)
{
	return r->linked && (r->cursor || !r->begun);
}

static void go_back(home_core *h, home_relay *r)
{
	home_change *c = h->first_change;

	while (c && c->version <= r->acked)
		c = c->next;
	r->cursor = c;
	r->begun = r->acked > 0;
	r->sent = r->acked;
	r->in_flight = 0;
	r->resend_ms = UINT64_MAX;
}

void home_admit_start(home_core *h, home_relay *r)
{
	r->acked = 0;
	r->told_all = false;
	go_back(h, r);
}

void home_admit_acked(home_core *h, core_time now, home_relay *r, uint64_t version)
{
	if (version > r->sent)
		return;
	r->in_flight -= r->in_flight > 0;
	if (version > r->acked) {
		r->acked = version;
		r->resend_ms = now.ms + RESEND_MS;
	}
	if (r->acked == r->sent) {
		r->in_flight = 0;
		r->resend_ms = UINT64_MAX;
		r->told_all = !r->cursor;
	}
	home_changes_forget(h);
}

void home_admit_push(home_core *h, core_time now)
{
	h->relays_behind = false;
	for (unsigned i = 0; i < h->conf->n_relays; i++) {
		home_relay *r = &h->relays[i];
		if (r->linked && now.ms >= r->resend_ms)
			go_back(h, r);
		while (has_more(r) && r->in_flight < WINDOW)
			if (!tell(h, now, r)) {
				h->relays_behind = true; /* once the queue is empty */
				break;
			}
	}
}
