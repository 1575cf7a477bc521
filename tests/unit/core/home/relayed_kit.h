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
	sa_pair_free(r[0].sa);
	sa_pair_free(r[1].sa);
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
