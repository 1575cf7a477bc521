/* SPDX-License-Identifier: MIT */
#include "core/reg/keys.h"

#include <openssl/evp.h>

/* Labels: one purpose each, so that no key serves two. SA3 is the association of client and home. */
static const char label_request_seal[] = "homeward request extensions";
static const char label_reply_seal[] = "homeward reply extensions";
static const char label_notice_seal[] = "homeward restarted notice";
static const char label_to_home[] = "homeward SA3 client to home";
static const char label_to_client[] = "homeward SA3 home to client";

static const char label_key3[] = "homeward KEY3";
static const char label_handle[] = "homeward relay handle";
static const char label_link[] = "homeward KEY2 link";
static const char label_spi[] = "homeward KEY2 SPI";
static const char label_registration[] = "homeward KEY2 registration";
static const char label_relay_to_home[] = "homeward link relay to home";
static const char label_home_to_relay[] = "homeward link home to relay";

static bool subkey(const uint8_t key0[KEY0_LEN], const char *label, uint8_t out[32])
{
	return kdf_hkdf((wire_bytes){ key0, KEY0_LEN }, (wire_bytes){ NULL, 0 },
			(wire_bytes){ (const uint8_t *)label, strlen(label) }, out, 32);
}

bool key0_set_derive(const uint8_t key0[KEY0_LEN], key0_set *out)
{
	memcpy(out->key0, key0, KEY0_LEN);
	out->auth = AUTH_HMAC_SHA256_128;
	return subkey(key0, label_request_seal, out->request_seal) &&
	       subkey(key0, label_reply_seal, out->reply_seal) &&
	       subkey(key0, label_notice_seal, out->notice_seal);
}

void key0_set_wipe(key0_set *k)
{
	explicit_bzero(k, sizeof *k);
}

static bool direction_key(const sa_key_input *in, wire_bytes ikm, wire_bytes salt,
			  const char *label, uint8_t out[36])
{
	uint8_t info[64];
	wire_wr w = wire_writer(info, sizeof info);

	wire_put(&w, label, strlen(label));
	wire_put_u8(&w, 0); /* ends the label */
	wire_put_u8(&w, (uint8_t)in->cipher);
	wire_put_u32(&w, in->client_spi);
	wire_put_u32(&w, in->home_spi);
	return !w.bad && kdf_hkdf(ikm, salt, (wire_bytes){ info, wire_len(&w) }, out,
				  esp_key_len(in->cipher));
}

bool reg_derive_sa_keys(const sa_key_input *in, sa_keys *out)
{
	uint8_t ikm[512], salt[16 + 2 * NONCE_LEN];
	wire_wr i = wire_writer(ikm, sizeof ikm), s = wire_writer(salt, sizeof salt);

	wire_put_bytes(&i, in->dh_shared);
	wire_put(&i, in->key0, KEY0_LEN);
	wire_put_u64(&s, in->request_id);
	wire_put_u64(&s, in->reply_id);
	wire_put(&s, in->client_nonce, NONCE_LEN);
	wire_put(&s, in->home_nonce, NONCE_LEN);
	memset(out, 0, sizeof *out);
	wire_bytes secret = { ikm, wire_len(&i) }, salted = { salt, wire_len(&s) };
	bool ok = !i.bad && !s.bad &&
		  direction_key(in, secret, salted, label_to_home, out->to_home) &&
		  direction_key(in, secret, salted, label_to_client, out->to_client);
	explicit_bzero(ikm, sizeof ikm);
	return ok;
}

static wire_bytes bytes_of(const char *s)
{
	return (wire_bytes){ (const uint8_t *)s, strlen(s) };
}

bool reg_derive_key3(const uint8_t key0[KEY0_LEN], const char *relay_name, uint8_t out[KEY3_LEN])
{
	uint8_t info[96];
	wire_wr w = wire_writer(info, sizeof info);

	wire_put_bytes(&w, bytes_of(label_key3));
	wire_put_u8(&w, 0); /* ends the label */
	wire_put_bytes(&w, bytes_of(relay_name));
	return !w.bad && kdf_hkdf((wire_bytes){ key0, KEY0_LEN }, (wire_bytes){ NULL, 0 },
				  (wire_bytes){ info, wire_len(&w) }, out, KEY3_LEN);
}

bool reg_derive_handle(const uint8_t key0[KEY0_LEN], uint64_t *out)
{
	uint8_t octets[8] = { 0 };
	bool ok = kdf_hkdf((wire_bytes){ key0, KEY0_LEN }, (wire_bytes){ NULL, 0 },
			   bytes_of(label_handle), octets, sizeof octets);

	*out = load_be64(octets);
	return ok;
}

bool key2_set_derive(const uint8_t key2[KEY2_LEN], key2_set *out)
{
	uint8_t spi[4] = { 0 };
	bool ok = subkey(key2, label_link, out->link_auth) &&
		  kdf_hkdf((wire_bytes){ key2, KEY2_LEN }, (wire_bytes){ NULL, 0 },
			   bytes_of(label_spi), spi, sizeof spi);

	memcpy(out->key2, key2, KEY2_LEN);
	out->spi = load_be32(spi) | ESP_MIN_SPI; /* RFC 5944 3.5.1 reserves 0 to 255 */
	return ok;
}

void key2_set_wipe(key2_set *k)
{
	explicit_bzero(k, sizeof *k);
}

bool reg_derive_key2(const key2_set *k, uint32_t client_spi, uint64_t request_id,
		     key2_registration *out)
{
	uint8_t salt[12], keys[64];

	store_be32(salt, client_spi);
	store_be64(salt + 4, request_id);
	bool ok = kdf_hkdf((wire_bytes){ k->key2, KEY2_LEN }, (wire_bytes){ salt, sizeof salt },
			   bytes_of(label_registration), keys, sizeof keys);
	memcpy(out->auth, keys, 32);
	memcpy(out->seal, keys + 32, 32);
	explicit_bzero(keys, sizeof keys);
	return ok;
}

static bool link_transcript(const link_key_input *in, uint8_t out[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) &&
		  EVP_DigestUpdate(c, in->hello.p, in->hello.n) &&
		  EVP_DigestUpdate(c, in->welcome.p, in->welcome.n) &&
		  EVP_DigestFinal_ex(c, out, NULL);

	EVP_MD_CTX_free(c);
	return ok;
}

/* NIST SP 800-56C 2: the shared secret, followed by another one, is what is extracted from. */
bool reg_derive_link_keys(const link_key_input *in, link_keys *out)
{
	uint8_t transcript[32], secret[LINK_SHARED_LEN + KEY2_LEN];
	wire_wr w = wire_writer(secret, sizeof secret);
	const size_t n = esp_key_len(ESP_AES_256_GCM);

	wire_put_bytes(&w, in->shared);
	wire_put(&w, in->key2, KEY2_LEN);
	memset(out, 0, sizeof *out);
	wire_bytes ikm = { secret, wire_len(&w) }, salt = { transcript, sizeof transcript };
	bool ok = wire_len(&w) == sizeof secret && link_transcript(in, transcript) &&
		  kdf_hkdf(ikm, salt, bytes_of(label_relay_to_home), out->to_home, n) &&
		  kdf_hkdf(ikm, salt, bytes_of(label_home_to_relay), out->to_relay, n);
	explicit_bzero(secret, sizeof secret);
	return ok;
}
