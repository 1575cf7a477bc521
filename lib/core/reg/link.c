/* SPDX-License-Identifier: MIT */
#include "core/reg/link.h"

#include "proto/sa_payload.h"
#include <assert.h>
#include <openssl/crypto.h>

static_assert((int)LINK_VALUE_LEN == (int)LINK_SHARED_LEN,
	      "X25519 values and secrets are 32 octets");

/* The authenticator of a welcome covers the hello that it answers, too. answered: NULL, or that hello's octets. */
static bool authenticate(const key2_set *k, const uint8_t *answered, wire_bytes covered,
			 uint8_t out[LINK_AUTH_LEN])
{
	uint8_t all[2 * LINK_HELLO_LEN];
	wire_wr w = wire_writer(all, sizeof all);

	if (answered)
		wire_put(&w, answered, LINK_HELLO_LEN);
	wire_put_bytes(&w, covered);
	return !w.bad && auth_compute(AUTH_HMAC_SHA256_128, k->link_auth, sizeof k->link_auth,
				      (wire_bytes){ all, wire_len(&w) }, out);
}

static bool is_authentic(const key2_set *k, const uint8_t *answered, const link_hello *m)
{
	uint8_t want[LINK_AUTH_LEN];

	return m->spi >= ESP_MIN_SPI && authenticate(k, answered, m->covered, want) &&
	       bytes_equal_ct(want, m->auth.p, LINK_AUTH_LEN);
}

static bool build(const key2_set *k, const uint8_t *answered, link_hello *m, const dh *own,
		  uint8_t out[LINK_HELLO_LEN])
{
	wire_wr w = wire_writer(out, LINK_HELLO_LEN);

	memcpy(m->value, dh_public(own).p, LINK_VALUE_LEN);
	uint8_t *tag = link_hello_put(&w, m);
	return tag && authenticate(k, answered, (wire_bytes){ out, (size_t)(tag - out) }, tag);
}

/* --- the relay's offer --- */

void reg_link_drop_offer(reg_link_offer *o)
{
	dh_free(o->own);
	*o = (reg_link_offer){ 0 };
}

bool reg_link_make_offer(reg_link_offer *o, const key2_set *k, uint32_t spi, uint8_t flags,
			 uint64_t now_ntp)
{
	link_hello m = { .type = LINK_HELLO, .flags = flags, .spi = spi, .time = now_ntp };

	reg_link_drop_offer(o);
	o->spi = spi;
	o->own = dh_new(DH_X25519, NULL);
	if (o->own && build(k, NULL, &m, o->own, o->hello))
		return true;
	reg_link_drop_offer(o);
	return false;
}

bool reg_link_verify_hello(const key2_set *k, const link_hello *m)
{
	return m->type == LINK_HELLO && is_authentic(k, NULL, m);
}

/* --- the association --- */

typedef struct ends { /* what both sides hold after the handshake */
	uint32_t relay_spi, home_spi;
	const uint8_t *hello, *welcome; /* LINK_HELLO_LEN octets each */
} ends;

static bool derive(const key2_set *k, const ends *e, const dh *own, const uint8_t *peer,
		   link_keys *out)
{
	uint8_t shared[DH_MAX_VALUE];
	size_t n = dh_shared(own, (wire_bytes){ peer, LINK_VALUE_LEN }, shared, NULL);
	const link_key_input in = { .shared = { shared, n },
				    .key2 = k->key2,
				    .hello = { e->hello, LINK_HELLO_LEN },
				    .welcome = { e->welcome, LINK_HELLO_LEN } };
	bool ok = n > 0 && reg_derive_link_keys(&in, out); /* RFC 7748 6.1: 0 for all zeros */

	OPENSSL_cleanse(shared, sizeof shared);
	return ok;
}

static sa_pair *make_pair(const ends *e, bool at_home, const link_keys *keys, uint64_t now_ms)
{
	const sa_pair_conf c = {
		.cipher = ESP_AES_256_GCM,
		.esn = true,
		.spi_in = at_home ? e->home_spi : e->relay_spi,
		.spi_out = at_home ? e->relay_spi : e->home_spi,
		.key_in = at_home ? keys->to_home : keys->to_relay,
		.key_out = at_home ? keys->to_relay : keys->to_home,
		.limits = { .soft_ms = at_home ? SA_NEVER : now_ms + REG_LINK_RENEW_MS,
			    .hard_ms = now_ms + REG_LINK_END_MS,
			    .soft_packets = REG_LINK_RENEW_PACKETS,
			    .hard_packets = REG_LINK_END_PACKETS },
		.now_ms = now_ms,
	};

	return sa_pair_new(&c);
}

bool reg_link_build_welcome(const key2_set *k, const reg_link_answer *a, core_time now,
			    uint8_t out[LINK_HELLO_LEN], sa_pair **pair)
{
	const uint8_t *hello = a->hello->covered.p;
	link_hello m = {
		.type = LINK_WELCOME, .flags = a->flags, .spi = a->spi_in, .time = now.ntp
	};
	const ends e = { a->hello->spi, a->spi_in, hello, out };
	dh *own = dh_new(DH_X25519, NULL);
	link_keys keys = { 0 };

	*pair = NULL;
	if (own && build(k, hello, &m, own, out) && derive(k, &e, own, a->hello->value, &keys))
		*pair = make_pair(&e, true, &keys, now.ms);
	dh_free(own);
	OPENSSL_cleanse(&keys, sizeof keys);
	return *pair != NULL;
}

sa_pair *reg_link_take_welcome(const key2_set *k, reg_link_offer *o, const link_hello *m,
			       uint64_t now_ms)
{
	const ends e = { o->spi, m->spi, o->hello, m->covered.p };
	link_keys keys = { 0 };
	sa_pair *pair = NULL;

	if (!o->own || m->type != LINK_WELCOME || !is_authentic(k, o->hello, m))
		return NULL;
	if (derive(k, &e, o->own, m->value, &keys))
		pair = make_pair(&e, false, &keys, now_ms);
	OPENSSL_cleanse(&keys, sizeof keys);
	if (pair)
		reg_link_drop_offer(o);
	return pair;
}

uint8_t *reg_link_reserve(dgramq *q, size_t max)
{
	uint8_t *p = dgramq_reserve(q, esp_sealed_len(max));

	return p ? p + ESP_PAYLOAD_AT : NULL;
}

bool reg_link_commit(dgramq *q, const dgram_route *r, sa_pair *pair, uint64_t now_ms, uint8_t *body,
		     size_t n)
{
	size_t sealed = sa_pair_seal(pair, now_ms, body - ESP_PAYLOAD_AT, n, ESP_NEXT_CTL);

	if (sealed)
		dgramq_commit(q, r, sealed);
	return sealed > 0;
}

bool reg_link_open(sa_pair *pair, uint64_t now_ms, uint8_t *p, size_t n, wire_bytes *body)
{
	esp_opened o;

	if (sa_pair_open(pair, now_ms, p, n, &o) != ESP_OK || o.next_header != ESP_NEXT_CTL)
		return false;
	*body = (wire_bytes){ o.inner, o.len };
	return true;
}
