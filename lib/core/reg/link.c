/* SPDX-License-Identifier: MIT */
/* link.c - the handshake of a relay with home, and what it makes. */
#include "core/reg/link.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

static const char label_to_home[] = "homeward KEY2 relay to home";
static const char label_to_relay[] = "homeward KEY2 home to relay";

void link_sa_drop(link_sa *sa)
{
	esp_sa_free(sa->in);
	esp_sa_free(sa->out);
	*sa = (link_sa){ 0 };
}

static bool pick_spi(uint32_t *spi)
{
	bool ok = RAND_bytes((uint8_t *)spi, sizeof *spi) == 1;

	*spi |= ESP_MIN_SPI;
	return ok;
}

bool link_offer_make(link_offer *o)
{
	return pick_spi(&o->spi) && RAND_bytes(o->nonce, sizeof o->nonce) == 1;
}

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

static bool authentic(const key2_set *k, const link_hello *m)
{
	return auth_verify(AUTH_HMAC_SHA256_128, k->link_auth, sizeof k->link_auth, m->covered,
			   m->auth);
}

size_t link_hello_build(const key2_set *k, const link_offer *o, uint64_t now_ntp,
			uint8_t out[LINK_HELLO_LEN])
{
	link_hello m = { .type = LINK_HELLO, .spi = o->spi, .time = now_ntp };

	memcpy(m.nonce, o->nonce, sizeof m.nonce);
	return build(k, &m, out);
}

bool link_hello_ok(const key2_set *k, const link_hello *m)
{
	return m->type == LINK_HELLO && m->spi >= ESP_MIN_SPI && authentic(k, m);
}

typedef struct ends { /* what both sides know after the handshake */
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

static esp_sa *direction(const key2_set *k, const ends *e, const char *label, esp_direction way,
			 uint32_t spi)
{
	uint8_t key[36];
	err why = { 0 };
	const esp_params p = { ESP_AES_256_GCM, way, spi, key };
	esp_sa *sa = derive(k, e, label, key) ? esp_sa_new(&p, &why) : NULL;

	OPENSSL_cleanse(key, sizeof key);
	return sa;
}

static bool make(const key2_set *k, const ends *e, bool at_home, link_sa *sa)
{
	const esp_direction to_home = at_home ? ESP_IN : ESP_OUT;
	const esp_direction to_relay = at_home ? ESP_OUT : ESP_IN;
	esp_sa *inwards = direction(k, e, label_to_home, to_home, e->home_spi);
	esp_sa *outwards = direction(k, e, label_to_relay, to_relay, e->relay_spi);

	sa->in = at_home ? inwards : outwards;
	sa->out = at_home ? outwards : inwards;
	sa->spi_in = at_home ? e->home_spi : e->relay_spi;
	if (inwards && outwards)
		return true;
	link_sa_drop(sa);
	return false;
}

size_t link_welcome_build(const key2_set *k, const link_hello *hello, uint32_t spi_in,
			  uint64_t now_ntp, uint8_t out[LINK_HELLO_LEN], link_sa *sa)
{
	link_hello m = { .type = LINK_WELCOME, .spi = spi_in, .time = now_ntp };
	const ends e = { hello->spi, spi_in, hello->nonce, m.nonce };

	*sa = (link_sa){ 0 };
	memcpy(m.answered, hello->nonce, sizeof m.answered);
	if (RAND_bytes(m.nonce, sizeof m.nonce) != 1 || !make(k, &e, true, sa))
		return 0;
	size_t n = build(k, &m, out);
	if (n == 0)
		link_sa_drop(sa);
	return n;
}

bool link_welcome_take(const key2_set *k, const link_offer *o, const link_hello *m, link_sa *sa)
{
	const ends e = { o->spi, m->spi, o->nonce, m->nonce };

	*sa = (link_sa){ 0 };
	return m->type == LINK_WELCOME && m->spi >= ESP_MIN_SPI && authentic(k, m) &&
	       bytes_equal_ct(m->answered, o->nonce, LINK_NONCE_LEN) && make(k, &e, false, sa);
}

uint8_t *link_room(dgramq *q, size_t max)
{
	uint8_t *p = dgramq_reserve(q, esp_sealed_len(max));

	return p ? p + ESP_PAYLOAD_AT : NULL;
}

bool link_commit(dgramq *q, const dgram_route *r, link_sa *sa, uint8_t *body, size_t n)
{
	size_t sealed = sa->out ? esp_seal(sa->out, body - ESP_PAYLOAD_AT, n, ESP_NEXT_CTL) : 0;

	if (sealed)
		dgramq_commit(q, r, sealed);
	return sealed > 0;
}

bool link_open(link_sa *sa, uint8_t *p, size_t n, wire_bytes *body)
{
	esp_opened o;

	if (!sa->in || n < ESP_MIN_LEN || load_be32(p) != sa->spi_in ||
	    esp_open(sa->in, p, n, &o) != ESP_OK || o.next_header != ESP_NEXT_CTL)
		return false;
	*body = (wire_bytes){ o.inner, o.len };
	return true;
}
