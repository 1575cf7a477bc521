/* SPDX-License-Identifier: MIT */
/* relay_kit.h - a relay's machine with a client and a home beside it, for tests: the home here has the
 * protocol and nothing of the product's home agent. */
#ifndef HW_TESTS_RELAY_KIT_H
#define HW_TESTS_RELAY_KIT_H

#include "base/clock.h"
#include "core/reg/ident.h"
#include "core/reg/relay.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"
#include "core/relay/core.h"
#include "core/reg/link.h"
#include "proto/ctl.h"
#include "ntp.h"
#include <stdlib.h>

enum { KIT_HOME_SPI = 0x31000001, KIT_PSEUDONYM = 0x2a2b3c4d, KIT_MESSAGE = 2048 };

typedef struct relay_kit {
	relay_conf conf;
	logger log;
	unsigned lines; /* that the relay logged */
	dgramq out, in;
	relay_core *r;
	core_time now;
	key2_set key2;
	sa_pair *home;
	uint64_t version;
	uint8_t key0[KEY0_LEN], key3[KEY3_LEN];
	key0_set keys;
	reg_key3 session;
	uint64_t id; /* of the last request */
} relay_kit;

typedef struct kit_message {
	uint8_t p[KIT_MESSAGE];
	size_t n;
	dgram_route route;
} kit_message;

static inline void kit_line(void *ctx, log_level level, const char *text)
{
	(void)level, (void)text;
	((relay_kit *)ctx)->lines++;
}

/* Takes the first queued message; false: there is none. */
static inline bool kit_take(dgramq *q, kit_message *m)
{
	if (q->n_runs == 0)
		return false;
	const dgram_run *r = &q->runs[0];
	m->n = r->seg < r->len ? r->seg : r->len;
	m->route = r->route;
	memcpy(m->p, q->bytes + r->at, m->n < KIT_MESSAGE ? m->n : KIT_MESSAGE);
	dgramq_clear(q);
	return true;
}

static inline void kit_later(relay_kit *k, uint64_t ms)
{
	k->now.ms += ms;
	k->now.ntp += ntp_from_ms(ms);
	relay_core_tick(k->r, k->now);
}

/* From home: to a port of the relay's, from that of home's. */
static inline void kit_from_home(relay_kit *k, uint16_t from, uint16_t to, uint8_t *p, size_t n)
{
	const dgram_in d = { .from = { .addr = k->conf.home, .port = from },
			     .local = k->conf.address,
			     .local_port = to,
			     .p = p,
			     .n = n };

	relay_core_from_home(k->r, k->now, &d);
}

static inline void kit_from_client(relay_kit *k, endpoint from, uint8_t *p, size_t n)
{
	const dgram_in d = {
		.sock = 1, .from = from, .local = ip4(203, 0, 113, 10), .p = p, .n = n
	};

	relay_core_from_client(k->r, k->now, &d);
}

static inline bool kit_start(relay_kit *k)
{
	err e = { 0 };

	*k = (relay_kit){
		.conf = { .name = "dmz1", .max_visitors = 100, .answers_strangers = true }
	}; /* else test_silence.c */
	k->conf.address = ip4(192, 168, 60, 10);
	k->conf.home = ip4(192, 168, 50, 2);
	memset(k->conf.key2, 0x72, KEY2_LEN);
	memset(k->key0, 0x5a, KEY0_LEN);
	k->log = (logger){ LOG_WARN, kit_line, k };
	k->now = (core_time){ .ms = 100000, .ntp = 3900000000ull << 32 };
	return dgramq_init(&k->out) && dgramq_init(&k->in) &&
	       key2_set_derive(k->conf.key2, &k->key2) && key0_set_derive(k->key0, &k->keys) &&
	       reg_derive_key3(k->key0, "dmz1", k->key3) &&
	       (k->r = relay_core_new(&k->conf, &k->log, &k->out, &k->in, &e));
}

static inline void kit_finish(relay_kit *k)
{
	relay_core_free(k->r);
	sa_pair_free(k->home);
	dgramq_free(&k->out);
	dgramq_free(&k->in);
}

/* Answers the hello that waits in the queue; what the relay sends then is dropped. */
static inline bool kit_welcome(relay_kit *k)
{
	kit_message m;
	link_hello hello;
	uint8_t welcome[LINK_HELLO_LEN];

	if (!kit_take(&k->in, &m) || !link_hello_get(m.p, m.n, &hello) ||
	    !reg_link_verify_hello(&k->key2, &hello))
		return false;
	sa_pair_free(k->home);
	const reg_link_answer a = { .hello = &hello, .spi_in = KIT_HOME_SPI };
	if (!reg_link_build_welcome(&k->key2, &a, k->now, welcome, &k->home))
		return false;
	kit_from_home(k, 434, 434, welcome, sizeof welcome);
	dgramq_clear(&k->in);
	k->version = 0;
	return true;
}

/* Home lists so many entries, the last of which makes its list complete. */
static inline void kit_list(relay_kit *k, const link_entry *list, uint16_t n)
{
	dgramq q;
	const dgram_route r = { 0 };
	kit_message m;

	if (!dgramq_init(&q))
		return;
	uint8_t *at = reg_link_reserve(&q, LINK_ADMIT_HDR + (size_t)n * LINK_ENTRY_LEN);
	wire_wr w = wire_writer(at, LINK_ADMIT_HDR + (size_t)n * LINK_ENTRY_LEN);
	link_admit_put(&w, &(link_admit){ LINK_COMPLETE, n, k->version, k->version + n });
	for (uint16_t i = 0; i < n; i++)
		link_entry_put(&w, &list[i]);
	k->version += n;
	reg_link_commit(&q, &r, k->home, 0, at, wire_len(&w));
	kit_take(&q, &m);
	kit_from_home(k, 434, 434, m.p, m.n);
	dgramq_clear(&k->in);
	dgramq_free(&q);
}

static inline link_entry kit_entry(const relay_kit *k)
{
	link_entry e = { .handle = 7, .spis = { KIT_PSEUDONYM } };

	memcpy(e.key3, k->key3, KEY3_LEN);
	return e;
}

/* A relay with a link to home, and one client admitted. */
static inline bool kit_ready(relay_kit *k)
{
	if (!kit_start(k))
		return false;
	relay_core_tick(k->r, k->now);
	if (!kit_welcome(k))
		return false;
	const link_entry e = kit_entry(k);
	kit_list(k, &e, 1);
	return true;
}

static inline endpoint kit_client(uint8_t host, uint16_t port)
{
	return (endpoint){ .addr = ip4(198, 51, 100, host), .port = port };
}

static inline size_t kit_build(relay_kit *k, reg_request q, const reg_key3 *sign,
			       uint8_t out[MIP_MAX_MESSAGE])
{
	q.flags = MIP_D | MIP_T;
	q.identification = k->now.ntp + ((k->id + 1) & 0xffff);
	k->id = q.identification;
	q.pseudonym = KIT_PSEUDONYM;
	strcpy(q.nai, "alice@example.net");
	size_t n = reg_request_build(&k->keys, &q, out);
	return sign->spi ? reg_auth_add(out, n, MIP_MAX_MESSAGE, MIP_EXT_MOBILE_FOREIGN, sign->spi,
					sign->key)
			 : n;
}

/* A request of the client's; key3 spi 0: nothing signs it. */
static inline size_t kit_request(relay_kit *k, uint16_t lifetime_s, const reg_key3 *sign,
				 uint8_t out[MIP_MAX_MESSAGE])
{
	return kit_build(k, (reg_request){ .lifetime_s = lifetime_s }, sign, out);
}

/* A question for home's time. */
static inline size_t kit_question(relay_kit *k, const reg_key3 *sign, uint8_t out[MIP_MAX_MESSAGE])
{
	return kit_build(k, (reg_request){ .asks_time = true }, sign, out);
}

static inline reg_key3 kit_first_key(const relay_kit *k)
{
	reg_key3 k3 = { .spi = KIT_PSEUDONYM };

	memcpy(k3.key, k->key3, KEY3_LEN);
	return k3;
}

/* Home's answer to the last request. */
static inline size_t kit_reply(relay_kit *k, uint8_t code, uint16_t lifetime_s,
			       uint8_t out[MIP_MAX_MESSAGE])
{
	key2_registration k2;
	reg_reply r = { .code = code, .lifetime_s = lifetime_s, .identification = k->id };

	r.pseudonym = KIT_PSEUDONYM;
	bool granted = code == MIP_ACCEPTED && lifetime_s;
	if (granted) {
		k->session.spi = 0x51000000u + (uint32_t)(k->id & 0xffff);
		memset(k->session.key, (int)(k->id & 0xff), KEY3_LEN);
		r.key3 = k->session;
	}
	size_t n = reg_reply_build(&k->keys, &r, out);
	if (!reg_derive_key2(&k->key2, KIT_PSEUDONYM, k->id, &k2))
		return 0;
	if (granted)
		n = reg_relay_key_add(out, n, MIP_MAX_MESSAGE, &k2, &k->session);
	return reg_auth_add(out, n, MIP_MAX_MESSAGE, MIP_EXT_FOREIGN_HOME, k->key2.spi, k2.auth);
}

/* Registers from there, as client and home do; the port the relay gave it, 0: it did not come to that. */
static inline uint16_t kit_register(relay_kit *k, endpoint from)
{
	uint8_t msg[MIP_MAX_MESSAGE];
	kit_message m;
	const reg_key3 first = kit_first_key(k);
	size_t n = kit_request(k, 600, &first, msg);

	kit_from_client(k, from, msg, n);
	if (!kit_take(&k->in, &m))
		return 0;
	n = kit_reply(k, MIP_ACCEPTED, 600, msg);
	kit_from_home(k, 4500, m.route.from_port, msg, n);
	return m.route.from_port;
}

static inline relay_status kit_status(const relay_kit *k)
{
	relay_status s;

	relay_core_status(k->r, &s);
	return s;
}

#endif
