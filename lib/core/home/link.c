/* SPDX-License-Identifier: MIT */
/* link.c - relays' own talk with home: handshake, liveness, acknowledgements. A hello makes a
 * candidate; it takes the place of the association in use when the relay has shown that it holds it, so
 * that a replayed hello disturbs nothing. Nor does one take the place of a true one that has not come so
 * far: the latest by its own time has a place for itself. A relay whose clock was set back gets the other. */
#include "core/home/priv.h"

enum { SILENT_MS = 10000 };

static const home_relay_conf *conf_of(const home_core *h, const home_relay *r)
{
	return &h->conf->relays[r - h->relays];
}

static void drop(home_relay *r)
{
	sa_pair_free(r->sa);
	r->sa = NULL;
	for (unsigned i = 0; i < HOME_CANDIDATES; i++) {
		sa_pair_free(r->candidates[i].sa);
		r->candidates[i].sa = NULL;
	}
	r->linked = r->told_all = false;
	r->resend_ms = UINT64_MAX;
}

void home_links_drop(home_core *h)
{
	for (unsigned i = 0; i < h->conf->n_relays; i++)
		drop(&h->relays[i]);
	home_changes_forget(h);
}

void home_relays_close(home_core *h)
{
	for (unsigned i = 0; i < HOME_RELAYS; i++) {
		drop(&h->relays[i]);
		key2_set_wipe(&h->relays[i].key2);
	}
	home_changes_forget(h);
}

bool home_core_relays_changed(home_core *h)
{
	home_relays_close(h);
	memset(h->relays, 0, sizeof h->relays);
	return home_relays_open(h);
}

static void wrong_key(home_core *h, core_time now, home_relay *r, const dgram_in *d,
		      const link_hello *m)
{
	const home_relay_conf *c = conf_of(h, r);
	uint8_t out[LINK_REFUSED_LEN];
	wire_wr w = wire_writer(out, sizeof out);
	char at[ADDR_STRLEN];

	r->refused++;
	if (!r->told_wrong)
		log_error(
			h->log,
			"relay %s at %s says hello under another KEY2: is `key` in its [home ...] "
			"section the one of [relay %s] here?",
			c->name, ip_format(&c->address, at), c->name);
	r->told_wrong = true;
	if (!rate_take(&r->refusals, now.ms))
		return;
	link_refused_put(&w, m->nonce);
	home_answer(h, d, out, wire_len(&w));
}

static bool made_by(const home_candidate *c, const link_hello *m)
{
	return c->sa && memcmp(c->nonce, m->nonce, LINK_NONCE_LEN) == 0;
}

static home_candidate *place_of(home_relay *r, const link_hello *m)
{
	for (unsigned i = 0; i < HOME_CANDIDATES; i++)
		if (made_by(&r->candidates[i], m))
			return &r->candidates[i];
	return &r->candidates[m->time >= r->candidates[0].time ? 0 : 1];
}

static bool make_candidate(home_core *h, core_time now, const home_relay *r, const link_hello *m,
			   home_candidate *c)
{
	home_candidate made = { .time = m->time };
	uint32_t spi = home_pick_spi(h);

	if (!spi || !reg_link_build_welcome(&r->key2, m, spi, now, made.welcome, &made.sa))
		return false;
	sa_pair_free(c->sa);
	*c = made;
	memcpy(c->nonce, m->nonce, LINK_NONCE_LEN);
	return true;
}

/* The same hello once more gets the same welcome: whichever arrives, home holds what it makes. */
static void hello(home_core *h, core_time now, home_relay *r, const dgram_in *d)
{
	link_hello m;

	if (!link_hello_get(d->p, d->n, &m) || m.type != LINK_HELLO)
		return;
	if (!reg_link_verify_hello(&r->key2, &m)) {
		wrong_key(h, now, r, d, &m);
		return;
	}
	home_candidate *c = place_of(r, &m);
	if (made_by(c, &m) || make_candidate(h, now, r, &m, c))
		home_answer(h, d, c->welcome, LINK_HELLO_LEN);
}

static void adopt(home_core *h, home_relay *r, home_candidate *by, const dgram_in *d)
{
	const home_relay_conf *c = conf_of(h, r);
	char at[ADDR_STRLEN];

	sa_pair_free(r->sa);
	r->sa = by->sa;
	by->sa = NULL;
	r->route = dgram_back(d);
	r->told_wrong = false;
	if (!r->linked)
		log_info(h->log, "relay %s at %s is there", c->name, ip_format(&c->address, at));
	r->linked = true;
	home_admit_start(h, r);
}

static void pong(home_core *h, core_time now, home_relay *r, const link_ping *q)
{
	uint8_t body[32], *at;
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ LINK_PONG, q->stamp, now.ntp });
	at = reg_link_reserve(h->tx, wire_len(&w));
	if (!at)
		return;
	memcpy(at, body, wire_len(&w));
	reg_link_commit(h->tx, &r->route, r->sa, at, wire_len(&w));
}

static void control(home_core *h, core_time now, home_relay *r, wire_bytes body)
{
	wire_rd ping = wire_reader(body.p, body.n), ack = ping;
	uint64_t version;
	link_ping q;

	r->heard_ms = now.ms;
	if (link_ping_get(&ping, &q) && q.kind == LINK_PING)
		pong(h, now, r, &q);
	else if (link_ack_get(&ack, &version))
		home_admit_acked(h, now, r, version);
	h->relays_behind = true; /* there may be room for more */
}

bool home_link_datagram(home_core *h, core_time now, home_relay *r, const dgram_in *d)
{
	dgram_kind kind = dgram_classify(d->p, d->n);
	wire_bytes body;

	if (kind == DGRAM_OWN) {
		hello(h, now, r, d);
		return true;
	}
	if (kind != DGRAM_ESP)
		return false;
	if (r->sa && reg_link_open(r->sa, d->p, d->n, &body)) {
		control(h, now, r, body);
		return true;
	}
	bool ours = r->sa && load_be32(d->p) == r->sa->spi_in;
	for (unsigned i = 0; i < HOME_CANDIDATES; i++) {
		home_candidate *c = &r->candidates[i];
		ours |= c->sa && load_be32(d->p) == c->sa->spi_in;
		if (!c->sa || !reg_link_open(c->sa, d->p, d->n, &body))
			continue;
		adopt(h, r, c, d);
		control(h, now, r, body);
		return true;
	}
	return ours;
}

void home_links_tick(home_core *h, core_time now)
{
	char at[ADDR_STRLEN];

	for (unsigned i = 0; i < h->conf->n_relays; i++) {
		home_relay *r = &h->relays[i];
		const home_relay_conf *c = conf_of(h, r);
		if (!r->linked || now.ms < r->heard_ms + SILENT_MS)
			continue;
		log_warn(h->log, "relay %s at %s is silent", c->name, ip_format(&c->address, at));
		drop(r);
	}
	home_changes_forget(h);
	home_admit_push(h, now);
}

uint64_t home_links_due(const home_core *h)
{
	uint64_t due = h->relays_behind ? 0 : UINT64_MAX;

	for (unsigned i = 0; i < h->conf->n_relays; i++) {
		const home_relay *r = &h->relays[i];
		uint64_t end = r->linked ? r->heard_ms + SILENT_MS : UINT64_MAX;
		due = end < due ? end : due;
		due = r->resend_ms < due ? r->resend_ms : due;
	}
	return due;
}

home_relay_status home_core_relay(const home_core *h, unsigned i)
{
	const home_relay *r = &h->relays[i];

	return (home_relay_status){ .linked = r->linked,
				    .told_all = r->told_all,
				    .refused = r->refused };
}
