/* SPDX-License-Identifier: MIT */
#include "core/home/link.h"

#include "core/home/admit.h"
#include "proto/mip.h"
#include <assert.h>

enum {
	SILENT_MS = 10000,
	REFUSALS_PER_S = 1,
	REFUSALS_BURST = 3,
	PING_LEN_MAX = 32,
};
static_assert((int)HOME_READERS == (int)HOME_RELAYS, "a reader for every relay");

static const sa_rules rules = { .max_larval = HOME_CANDIDATES };

static unsigned index_of(const home_links *all, const home_link *l)
{
	return (unsigned)(l - all->links);
}

static const home_relay_conf *conf_of(const home_links *all, const home_link *l)
{
	return &all->conf->relays[index_of(all, l)];
}

static home_reader *reader_of(home_links *all, const home_link *l)
{
	return &all->changes.readers[index_of(all, l)];
}

bool home_links_open(home_links *all)
{
	bool ok = true;

	home_changes_open(&all->changes);
	for (unsigned i = 0; i < all->conf->n_relays; i++) {
		home_link *l = &all->links[i];
		*l = (home_link){ .refusals = { .per_s = REFUSALS_PER_S,
						.burst = REFUSALS_BURST } };
		home_candidates_init(&l->candidates);
		sa_set_open(&l->sas, all->store, &rules, l);
		if (!key2_set_derive(all->conf->relays[i].key2, &l->key2)) {
			key2_set_wipe(&l->key2);
			ok = false;
		}
	}
	return ok;
}

static void take_down(home_links *all, home_link *l)
{
	sa_set_drop_all(&l->sas);
	l->up = false;
	home_reader_stop(&all->changes, reader_of(all, l));
}

void home_links_close(home_links *all)
{
	for (unsigned i = 0; i < HOME_RELAYS; i++) {
		sa_set_close(&all->links[i].sas);
		key2_set_wipe(&all->links[i].key2);
	}
	home_changes_close(&all->changes);
}

bool home_links_restart(home_links *all)
{
	home_links_close(all);
	return home_links_open(all);
}

/* What waited, or was bound, before the configuration changed may be of a relay that is not there any more. */
static bool is_of_relay(const home_links *all, uint32_t sock)
{
	return sock >= DGRAM_RELAY && sock - DGRAM_RELAY < all->conf->n_relays;
}

static bool has_key(const home_link *l)
{
	return l->key2.spi != 0;
}

const key2_set *home_links_key2(const home_links *all, uint32_t sock)
{
	const home_link *l = is_of_relay(all, sock) ? &all->links[sock - DGRAM_RELAY] : NULL;

	return l && has_key(l) ? &l->key2 : NULL;
}

const char *home_links_name(const home_links *all, uint32_t sock)
{
	return is_of_relay(all, sock) ? all->conf->relays[sock - DGRAM_RELAY].name : NULL;
}

/* --- handshake --- */

static void refuse(home_links *all, core_time now, home_link *l, const dgram_in *d,
		   const link_hello *m)
{
	const home_relay_conf *c = conf_of(all, l);
	const dgram_route back = dgram_route_back(d);
	uint8_t out[LINK_REFUSED_LEN];
	wire_wr w = wire_writer(out, sizeof out);
	char at[ADDR_STRLEN];

	l->refused++;
	if (!l->has_reported_key)
		log_error(all->log,
			  "relay %s at %s: hello under another KEY2: is `key` in its [home ...] "
			  "section the one of [relay %s] here?",
			  c->name, ip_format(&c->address, at), c->name);
	l->has_reported_key = true;
	if (!all->conf->answers_strangers || !rate_take(&l->refusals, now.ms))
		return;
	link_refused_put(&w, m->auth.p);
	dgramq_put(all->tx, &back, out, wire_len(&w));
}

static void report_version(const home_links *all, home_link *l, uint8_t version)
{
	const home_relay_conf *c = conf_of(all, l);
	char at[ADDR_STRLEN];

	if (!l->has_reported_version)
		log_error(all->log,
			  "relay %s at %s: hello of version %u of the handshake, and this home has "
			  "version %u alone: update the older of the two",
			  c->name, ip_format(&c->address, at), version, LINK_VERSION);
	l->has_reported_version = true;
}

static bool has_link(const home_link *l)
{
	return l->up && l->sas.live;
}

static void receive_hello(home_links *all, core_time now, home_link *l, const dgram_in *d)
{
	const dgram_route back = dgram_route_back(d);
	uint8_t version;
	link_hello m;

	if (link_is_other_version(d->p, d->n, &version))
		report_version(all, l, version);
	if (!has_key(l) || !link_hello_get(d->p, d->n, &m) || m.type != LINK_HELLO)
		return;
	if (!reg_link_verify_hello(&l->key2, &m)) {
		refuse(all, now, l, d, &m);
		return;
	}
	const uint8_t *welcome =
		home_candidates_welcome(&l->candidates, &l->key2, &l->sas, has_link(l), now, &m);
	if (welcome)
		dgramq_put(all->tx, &back, welcome, LINK_HELLO_LEN);
}

static void start(home_links *all, home_link *l, const dgram_in *d, bool continues)
{
	const home_relay_conf *c = conf_of(all, l);
	char at[ADDR_STRLEN];

	l->route = dgram_route_back(d);
	l->has_reported_key = l->has_reported_version = false;
	if (continues)
		return;
	if (!l->up)
		log_info(all->log, "relay %s at %s: link up", c->name, ip_format(&c->address, at));
	l->up = true;
	home_reader_start(&all->changes, reader_of(all, l));
}

/* --- under the association --- */

static void send_pong(home_links *all, core_time now, home_link *l, sa_pair *pair,
		      const link_ping *q)
{
	uint8_t *at = reg_link_reserve(all->tx, PING_LEN_MAX);

	if (!at)
		return;
	wire_wr w = wire_writer(at, PING_LEN_MAX);
	link_ping_put(&w, &(link_ping){ LINK_PONG, q->stamp });
	reg_link_commit(all->tx, &l->route, pair, now.ms, at, wire_len(&w));
}

static void receive_control(home_links *all, core_time now, home_link *l, sa_pair *pair,
			    wire_bytes body)
{
	wire_rd ping = wire_reader(body.p, body.n), ack = ping;
	uint64_t version;
	link_ping q;

	l->heard_ms = now.ms;
	if (link_ping_get(&ping, &q) && q.kind == LINK_PING)
		send_pong(all, now, l, pair, &q);
	else if (link_ack_get(&ack, &version))
		home_reader_acknowledge(&all->changes, reader_of(all, l), version, now.ms);
	all->behind = true; /* there may be room for more */
}

bool home_links_receive(home_links *all, unsigned i, core_time now, const dgram_in *d)
{
	home_link *l = &all->links[i];
	dgram_kind kind = dgram_classify(d->p, d->n);
	wire_bytes body;

	if (kind == DGRAM_OWN) {
		receive_hello(all, now, l, d);
		return true;
	}
	sa_pair *pair = kind == DGRAM_ESP ? sa_set_find_in(&l->sas, load_be32(d->p)) : NULL;
	if (!pair)
		return false;
	if (reg_link_open(pair, now.ms, d->p, d->n, &body)) {
		if (sa_set_confirm(&l->sas, pair, now.ms))
			start(all, l, d, home_candidates_continue(&l->candidates, pair->spi_in));
		receive_control(all, now, l, pair, body);
	}
	return true;
}

/* --- clients and time --- */

void home_links_client_changed(home_links *all, home_change *c)
{
	home_changes_append(&all->changes, c);
	all->behind = all->conf->n_relays > 0;
}

void home_links_client_removed(home_links *all, home_change *c)
{
	if (home_changes_remove(&all->changes, c)) {
		all->behind = all->conf->n_relays > 0;
		return;
	}
	/* Relays start again, and what is not in the list then goes. */
	for (unsigned i = 0; i < all->conf->n_relays; i++)
		take_down(all, &all->links[i]);
}

static void admit(home_links *all, core_time now, home_link *l)
{
	const home_admission to = { .relay = conf_of(all, l)->name,
				    .changes = &all->changes,
				    .reader = reader_of(all, l),
				    .pair = l->sas.live,
				    .route = &l->route };

	if (!home_admit(&to, all->tx, now.ms))
		all->behind = true;
}

void home_links_tick(home_links *all, core_time now)
{
	char at[ADDR_STRLEN];

	all->behind = false;
	for (unsigned i = 0; i < all->conf->n_relays; i++) {
		home_link *l = &all->links[i];
		const home_relay_conf *c = conf_of(all, l);
		if (!l->up)
			continue;
		sa_set_tick(&l->sas, now.ms);
		if (l->sas.live && now.ms < l->heard_ms + SILENT_MS) {
			admit(all, now, l);
			continue;
		}
		log_warn(all->log, "relay %s at %s: link down: %s for %u s", c->name,
			 ip_format(&c->address, at),
			 l->sas.live ? "silent" : "its keys were not renewed",
			 (l->sas.live ? SILENT_MS : REG_LINK_END_MS) / 1000);
		take_down(all, l);
	}
}

static uint64_t link_timer_ms(const home_link *l)
{
	uint64_t silent = l->heard_ms + SILENT_MS, keys = sa_set_next_timer_ms(&l->sas);

	if (!l->up)
		return UINT64_MAX;
	return keys < silent ? keys : silent;
}

uint64_t home_links_next_timer_ms(const home_links *all)
{
	uint64_t next = all->behind ? 0 : UINT64_MAX;

	for (unsigned i = 0; i < all->conf->n_relays; i++) {
		uint64_t end = link_timer_ms(&all->links[i]);
		uint64_t resend = all->changes.readers[i].resend_ms;
		next = end < next ? end : next;
		next = resend < next ? resend : next;
	}
	return next;
}

home_relay_status home_links_status(const home_links *all, unsigned i)
{
	return (home_relay_status){ .linked = all->links[i].up,
				    .has_all_clients = all->changes.readers[i].has_all,
				    .refused = all->links[i].refused };
}
