/* SPDX-License-Identifier: MIT */
#include "core/reg/link.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

static const char label_to_home[] = "homeward KEY2 relay to home";
static const char label_to_relay[] = "homeward KEY2 home to relay";

bool reg_link_make_offer(reg_link_offer *o, uint32_t spi)
{
	o->spi = spi;
	return RAND_bytes(o->nonce, sizeof o->nonce) == 1;
}

/* All but the authenticator is in *m. */
static size_t build(const key2_set *k, const link_hello *m, uint8_t out[LINK_HELLO_LEN])
{
	wire_wr w = wire_writer(out, LINK_HELLO_LEN);
	uint8_t *tag = link_hello_put(&w, m);

	if (!tag)
		return 0;
	wire_bytes covered = { out, (size_t)(tag - out) };
	return auth_compute(AUTH_HMAC_SHA256_128, k->link_auth, sizeof k->link_auth, covered, tag)
		       ? wire_len(&w)
		       : 0;
}

static bool verify(const key2_set *k, const link_hello *m)
{
	return m->spi >= ESP_MIN_SPI && auth_verify(AUTH_HMAC_SHA256_128, k->link_auth,
						    sizeof k->link_auth, m->covered, m->auth);
}

size_t reg_link_build_hello(const key2_set *k, const reg_link_offer *o, uint64_t now_ntp,
			    uint8_t out[LINK_HELLO_LEN])
{
	link_hello m = { .type = LINK_HELLO, .spi = o->spi, .time = now_ntp };

	memcpy(m.nonce, o->nonce, sizeof m.nonce);
	return build(k, &m, out);
}

bool reg_link_verify_hello(const key2_set *k, const link_hello *m)
{
	return m->type == LINK_HELLO && verify(k, m);
}

typedef struct ends { /* what both sides hold after the handshake */
	uint32_t relay_spi, home_spi;
	const uint8_t *relay_nonce, *home_nonce;
} ends;

static bool derive(const key2_set *k, const ends *e, const char *label, uint8_t key[36])
{
	uint8_t salt[2 * LINK_NONCE_LEN], info[64];
	wire_wr w = wire_writer(info, sizeof info);

	memcpy(salt, e->relay_nonce, LINK_NONCE_LEN);
	memcpy(salt + LINK_NONCE_LEN, e->home_nonce, LINK_NONCE_LEN);
	wire_put(&w, label, strlen(label));
	wire_put_u8(&w, 0); /* ends the label */
	wire_put_u32(&w, e->relay_spi);
	wire_put_u32(&w, e->home_spi);
	return !w.bad &&
	       kdf_hkdf((wire_bytes){ k->key2, KEY2_LEN }, (wire_bytes){ salt, sizeof salt },
			(wire_bytes){ info, wire_len(&w) }, key, esp_key_len(ESP_AES_256_GCM));
}

enum { AT_RELAY, AT_HOME };

static sa_pair *make_pair(const key2_set *k, const ends *e, int where, uint64_t now_ms)
{
	uint8_t to_home[36], to_relay[36];
	bool at_home = where == AT_HOME;
	const sa_pair_conf c = {
		.cipher = ESP_AES_256_GCM,
		.esn = true,
		.spi_in = at_home ? e->home_spi : e->relay_spi,
		.spi_out = at_home ? e->relay_spi : e->home_spi,
		.key_in = at_home ? to_home : to_relay,
		.key_out = at_home ? to_relay : to_home,
		.limits = { .soft_ms = SA_NEVER, .hard_ms = SA_NEVER },
		.now_ms = now_ms,
	};
	sa_pair *made =
		derive(k, e, label_to_home, to_home) && derive(k, e, label_to_relay, to_relay)
			? sa_pair_new(&c)
			: NULL;

	OPENSSL_cleanse(to_home, sizeof to_home);
	OPENSSL_cleanse(to_relay, sizeof to_relay);
	return made;
}

size_t reg_link_build_welcome(const key2_set *k, const link_hello *hello, uint32_t spi_in,
			      core_time now, uint8_t out[LINK_HELLO_LEN], sa_pair **pair)
{
	link_hello m = { .type = LINK_WELCOME, .spi = spi_in, .time = now.ntp };
	const ends e = { hello->spi, spi_in, hello->nonce, m.nonce };

	*pair = NULL;
	memcpy(m.answered, hello->nonce, sizeof m.answered);
	if (RAND_bytes(m.nonce, sizeof m.nonce) != 1 || build(k, &m, out) == 0)
		return 0;
	*pair = make_pair(k, &e, AT_HOME, now.ms);
	return *pair ? LINK_HELLO_LEN : 0;
}

sa_pair *reg_link_take_welcome(const key2_set *k, const reg_link_offer *o, const link_hello *m,
			       uint64_t now_ms)
{
	const ends e = { o->spi, m->spi, o->nonce, m->nonce };

	if (m->type != LINK_WELCOME || !verify(k, m) ||
	    !bytes_equal_ct(m->answered, o->nonce, LINK_NONCE_LEN))
		return NULL;
	return make_pair(k, &e, AT_RELAY, now_ms);
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
