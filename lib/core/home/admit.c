/* SPDX-License-Identifier: MIT */
#include "core/home/admit.h"

#include "core/home/peer.h"
#include <openssl/crypto.h>
#include <stddef.h>

static const home_peer *peer_of(const home_change *c)
{
	return (const home_peer *)((const char *)c - offsetof(home_peer, change));
}

static bool put_entry(wire_wr *w, const char *relay, const home_change *c)
{
	link_entry e = { .handle = c->handle, .flags = c->removed ? LINK_ENTRY_REMOVED : 0 };
	bool ok = true;

	if (!c->removed) {
		const home_credential *by = &peer_of(c)->credential;
		e.spis[0] = by->spi_profile;
		e.spis[1] = by->spi_now;
		e.spis[2] = by->spi_before;
		e.last_id = by->last_id;
		ok = home_credential_derive_key3(by, relay, e.key3);
	}
	link_entry_put(w, &e);
	OPENSSL_cleanse(&e, sizeof e);
	return ok;
}

/* One message from the cursor on; false: it could not be sent now. */
static bool send_message(const home_admission *to, dgramq *tx, uint64_t now_ms)
{
	enum { MAX = LINK_ADMIT_HDR + LINK_ENTRIES_MAX * LINK_ENTRY_LEN };
	uint8_t *body = reg_link_reserve(tx, MAX);
	link_admit m = { .from = to->reader->sent, .to = to->reader->sent };
	home_change *c = to->reader->cursor;

	if (!body)
		return false;
	wire_wr entries = wire_writer(body + LINK_ADMIT_HDR, MAX - LINK_ADMIT_HDR);
	for (; c && m.count < LINK_ENTRIES_MAX; c = c->next, m.count++) {
		if (!put_entry(&entries, to->relay, c))
			return false;
		m.to = c->version;
	}
	if (!c) {
		m.flags = LINK_COMPLETE;
		m.to = to->changes->version;
	}
	wire_wr head = wire_writer(body, LINK_ADMIT_HDR);
	link_admit_put(&head, &m);
	if (!reg_link_commit(tx, to->route, to->pair, now_ms, body,
			     LINK_ADMIT_HDR + wire_len(&entries)))
		return false;
	home_reader_advance(to->reader, c, m.to, now_ms);
	return true;
}

bool home_admit(const home_admission *to, dgramq *tx, uint64_t now_ms)
{
	home_reader_tick(to->changes, to->reader, now_ms);
	while (home_reader_can_read(to->reader))
		if (!send_message(to, tx, now_ms))
			return false;
	return true;
}
