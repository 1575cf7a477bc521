/* SPDX-License-Identifier: MIT */
/* relayed_kit.h - a home agent with two relays, and what comes by them. */
#ifndef HW_TESTS_RELAYED_KIT_H
#define HW_TESTS_RELAYED_KIT_H

#include "home_kit.h"
#include "core/reg/link.h"
#include "core/reg/relay.h"

typedef struct relayed { /* a relay's half of the talk with home */
	kit *k;
	unsigned i;
	key2_set key2;
	reg_link_offer offer;
	uint8_t hello[LINK_HELLO_LEN]; /* the last one it said */
	bool continues;                /* home's answer */
	sa_pair *sa;
	uint64_t version;
	unsigned entries, removed, messages;
	bool all;
	link_entry last;
} relayed;

static inline void fill_relay(home_relay_conf *r, uint8_t n)
{
	*r = (home_relay_conf){ .address = ip4(192, 168, 60, n) };
	snprintf(r->name, sizeof r->name, "dmz%u", n);
	memset(r->key2, 0x70 + n, KEY2_LEN);
	r->at = (endpoint){ .addr = ip4(203, 0, 113, n), .port = 4500 };
}

static inline void open_relays(kit *k, relayed r[2])
{
	kit_open(k);
	for (unsigned i = 0; i < 2; i++) {
		fill_relay(&k->conf.relays[i], (uint8_t)(10 + i));
		r[i] = (relayed){ .k = k, .i = i };
		assert_true(key2_set_derive(k->conf.relays[i].key2, &r[i].key2));
	}
	k->conf.n_relays = 2;
	assert_true(home_core_relays_changed(k->h));
}

static inline void close_relays(kit *k, relayed r[2])
{
	for (unsigned i = 0; i < 2; i++) {
		reg_link_drop_offer(&r[i].offer);
		sa_pair_free(r[i].sa);
	}
	kit_close(k);
}

static inline void from_relay(relayed *r, uint16_t port, uint8_t *p, size_t n)
{
	const dgram_in d = { .sock = DGRAM_RELAY + r->i,
			     .from = { .addr = r->k->conf.relays[r->i].address, .port = port },
			     .local = ip4(192, 168, 50, 2),
			     .local_port = port == 434 ? 434 : 4500,
			     .p = p,
			     .n = n };

	kit_datagram(r->k, &d);
}

/* A registration by relay r; sign: with whose key. Returns the code, or -1: no reply. */
static inline int ask_by(relayed *r, away *a, const key2_set *sign, reg_scan *s,
			 uint8_t copy[MIP_MAX_MESSAGE])
{
	key2_registration k2;

	away_build(a);
	assert_true(reg_derive_key2(sign, a->q.pseudonym, a->q.identification, &k2));
	if (sign->spi)
		a->n = reg_auth_add(a->octets, a->n, sizeof a->octets, MIP_EXT_FOREIGN_HOME,
				    sign->spi, k2.auth);
	dgramq_clear(&r->k->tx);
	from_relay(r, 2000, a->octets, a->n);
	const dgramq *q = &r->k->tx;
	if (q->n_runs == 0)
		return -1;
	assert_int_equal(q->runs[0].route.to.port, 2000);
	assert_int_equal(q->runs[0].route.from_port, 4500);
	memcpy(copy, q->bytes + q->runs[0].at, q->runs[0].len);
	assert_true(reg_scan_message(copy, q->runs[0].len, s));
	if (s->mobile_home.present)
		assert_true(reg_verify_mobile_home(s, &a->keys) &&
			    reg_reply_open(s, &a->keys, &a->r));
	dgramq_clear(&r->k->tx);
	return s->reply.code;
}

static inline void send_ctl(relayed *r, const uint8_t *body, size_t n)
{
	dgramq q;
	const dgram_route to = { 0 };

	assert_true(dgramq_init(&q));
	uint8_t *at = reg_link_reserve(&q, n);
	memcpy(at, body, n);
	assert_true(reg_link_commit(&q, &to, r->sa, 0, at, n));
	from_relay(r, 434, q.bytes + q.runs[0].at, q.runs[0].len);
	dgramq_free(&q);
}

static inline void ack(relayed *r)
{
	uint8_t body[16];
	wire_wr w = wire_writer(body, sizeof body);

	link_ack_put(&w, r->version);
	send_ctl(r, body, wire_len(&w));
}

static inline bool take_admit(relayed *r, wire_bytes body)
{
	wire_rd rd = wire_reader(body.p, body.n);
	link_admit m;

	if (!link_admit_get(&rd, &m))
		return false;
	r->messages++;
	for (unsigned i = 0; i < m.count; i++) {
		assert_true(link_entry_get(&rd, &r->last));
		r->entries++;
		r->removed += (r->last.flags & LINK_ENTRY_REMOVED) != 0;
	}
	assert_true(m.from <= r->version);
	r->version = m.to;
	r->all = m.flags & LINK_COMPLETE;
	return true;
}

/* Reads what home queued for this relay itself; acknowledges if wanted. */
static inline unsigned hear(relayed *r, bool acknowledge)
{
	static uint8_t copy[DGRAMQ_BYTES];
	dgramq *q = &r->k->tx;
	dgram_run runs[DGRAMQ_RUNS];
	unsigned n_runs = q->n_runs, heard = 0;

	memcpy(copy, q->bytes, q->used);
	memcpy(runs, q->runs, sizeof runs);
	dgramq_clear(q);
	for (unsigned i = 0; i < n_runs; i++)
		for (uint32_t at = 0; at < runs[i].len; at += runs[i].seg) {
			uint32_t left = runs[i].len - at;
			wire_bytes body;
			if (runs[i].route.sock != DGRAM_RELAY + r->i ||
			    !reg_link_open(r->sa, 0, copy + runs[i].at + at,
					   left < runs[i].seg ? left : runs[i].seg, &body))
				continue;
			heard += take_admit(r, body);
			if (acknowledge)
				ack(r);
		}
	return heard;
}

static inline bool hello_with(relayed *r, uint8_t flags)
{
	link_hello m;
	static uint32_t spi = 0x41000000;

	assert_true(reg_link_make_offer(&r->offer, &r->key2, ++spi, flags, r->k->now.ntp));
	memcpy(r->hello, r->offer.hello, LINK_HELLO_LEN);
	dgramq_clear(&r->k->tx);
	from_relay(r, 434, r->offer.hello, LINK_HELLO_LEN);
	if (r->k->tx.n_runs != 1 || !link_hello_get(r->k->tx.bytes, r->k->tx.runs[0].len, &m))
		return false;
	r->continues = m.flags & LINK_CONTINUES;
	sa_pair_free(r->sa);
	r->sa = reg_link_take_welcome(&r->key2, &r->offer, &m, r->k->now.ms);
	dgramq_clear(&r->k->tx);
	return r->sa != NULL;
}

static inline bool hello(relayed *r)
{
	return hello_with(r, 0);
}

static inline void ping(relayed *r)
{
	uint8_t body[32];
	wire_wr w = wire_writer(body, sizeof body);

	link_ping_put(&w, &(link_ping){ LINK_PING, 7 });
	send_ctl(r, body, wire_len(&w));
}

/* Until home has nothing more to say. */
static inline void sync_up(relayed *r)
{
	for (int i = 0; i < 2000; i++) {
		home_core_tick(r->k->h, r->k->now);
		if (!hear(r, true))
			break;
	}
}

static inline void meet(relayed *r)
{
	assert_true(hello(r));
	r->version = 0;
	r->entries = r->messages = 0;
	ping(r);
	sync_up(r);
}

#define RELAYED(k, r, a)                                                                           \
	kit k;                                                                                     \
	relayed r[2];                                                                              \
	away a;                                                                                    \
	__attribute__((unused)) reg_scan s;                                                        \
	__attribute__((unused)) uint8_t copy[MIP_MAX_MESSAGE];                                     \
	open_relays(&k, r);                                                                        \
	kit_add(&k, 1);                                                                            \
	away_open(&a, &k, 1);                                                                      \
	away_prepare(&a)
#define END_RELAYED(k, r, a)                                                                       \
	away_close(&a);                                                                            \
	close_relays(&k, r)

#endif
