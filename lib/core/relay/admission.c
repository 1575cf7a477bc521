/* SPDX-License-Identifier: MIT */
#include "core/relay/admission.h"

#include <openssl/crypto.h>

void relay_admission_init(relay_admission *a, relay_admitted *clients, relay_visitors *visitors,
			  const logger *log)
{
	*a = (relay_admission){ .clients = clients, .visitors = visitors, .log = log };
}

void relay_admission_restart(relay_admission *a)
{
	a->begun = false;
	a->version = 0;
}

static void remove_client(relay_admission *a, relay_client *c)
{
	relay_visitors_remove_all(a->visitors, &c->entries);
	relay_admitted_remove(a->clients, c);
}

/* False: no memory; the message is not acknowledged and comes again. */
static bool apply_entry(relay_admission *a, const link_entry *e)
{
	relay_client *c = relay_admitted_find(a->clients, e->handle);

	if (e->flags & LINK_ENTRY_REMOVED) {
		if (c)
			remove_client(a, c);
		return true;
	}
	if (!c && !(c = relay_admitted_add(a->clients, e->handle)))
		return false;
	/* Another key is another client under an old name: nothing of the former holds. */
	if (!bytes_equal_ct(c->key3, e->key3, KEY3_LEN))
		relay_visitors_remove_all(a->visitors, &c->entries);
	return relay_admitted_update(a->clients, c, e);
}

static bool apply_entries(relay_admission *a, wire_rd *msg, unsigned n)
{
	link_entry e;
	bool ok = true;

	for (unsigned i = 0; i < n && ok; i++)
		ok = link_entry_get(msg, &e) && apply_entry(a, &e);
	OPENSSL_cleanse(&e, sizeof e);
	return ok;
}

/* Who was not in the list may not register any more. */
static void complete(relay_admission *a)
{
	relay_client *next;

	for (relay_client *c = a->clients->first; c; c = next) {
		next = c->next;
		if (relay_admitted_is_stale(a->clients, c))
			remove_client(a, c);
	}
	if (!a->complete)
		log_info(a->log, "home's list of clients is complete: %u may register",
			 a->clients->n);
	a->complete = true;
}

uint64_t relay_admission_apply(relay_admission *a, wire_bytes body)
{
	wire_rd msg = wire_reader(body.p, body.n);
	link_admit m;

	if (!link_admit_get(&msg, &m))
		return a->version;
	if (!a->begun && m.from == 0) {
		a->begun = true;
		a->version = 0;
		relay_admitted_begin(a->clients);
	}
	bool in_order = a->begun && m.from <= a->version && m.to >= a->version;
	if (!in_order || !apply_entries(a, &msg, m.count))
		return a->version;
	a->version = m.to;
	if (m.flags & LINK_COMPLETE)
		complete(a);
	return a->version;
}
