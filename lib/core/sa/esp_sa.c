/* SPDX-License-Identifier: MIT */
/* The nonce is salt | IV, and the IV is the 64-bit sequence number: unique without a random source
 * (RFC 4106 3.1). A packet changes nothing in the cipher context but the IV; the tag is fetched and
 * set by parameters, which costs less than the older ctrl calls. Inbound AES-GCM is cheaper still:
 * TLS 1.2 makes its nonce as ESP does (RFC 5288 3), so OpenSSL can keep the salt as the fixed part and
 * take IV and tag in one call (EVP_EncryptInit(3), AEAD_TLS1_SET_IV_INV), a sixth off the whole. */
#include "core/sa/esp_sa.h"
#include "core/sa/replay.h"
#include "base/wire.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

enum { SALT_LEN = 4, NONCE_LEN = SALT_LEN + ESP_IV_LEN, AAD_MAX = 12, SECRET_MAX = 36 };

struct esp_sa {
	EVP_CIPHER_CTX *ctx; /* NULL while the association rests */
	uint64_t seq;        /* last one sealed */
	uint64_t packets, octets;
	uint32_t spi;
	uint8_t cipher, direction;
	bool esn;
	uint8_t secret[SECRET_MAX]; /* key, then salt */
	replay window[];            /* one, if inbound */
};

typedef struct cipher_spec {
	const char *name, *openssl;
	size_t key_len;
} cipher_spec;

static const cipher_spec specs[] = {
	[ESP_AES_128_GCM] = { "aes-128-gcm", "AES-128-GCM", 16 },
	[ESP_AES_256_GCM] = { "aes-256-gcm", "AES-256-GCM", 32 },
	[ESP_CHACHA20_POLY1305] = { "chacha20-poly1305", "ChaCha20-Poly1305", 32 },
};
_Static_assert(sizeof specs / sizeof *specs == ESP_N_CIPHERS, "name every esp_cipher");

const char *esp_cipher_name(esp_cipher c)
{
	return (unsigned)c < ESP_N_CIPHERS ? specs[c].name : "none";
}

bool esp_cipher_parse(const char *name, esp_cipher *out)
{
	for (unsigned i = 0; i < ESP_N_CIPHERS; i++)
		if (strcmp(name, specs[i].name) == 0)
			return *out = (esp_cipher)i, true;
	return false;
}

size_t esp_key_len(esp_cipher c)
{
	return (unsigned)c < ESP_N_CIPHERS ? specs[c].key_len + SALT_LEN : 0;
}

static const uint8_t *salt_of(const esp_sa *sa)
{
	return sa->secret + specs[sa->cipher].key_len;
}

static bool keeps_salt(const esp_sa *sa)
{
	return sa->direction == ESP_IN && sa->cipher != ESP_CHACHA20_POLY1305;
}

static bool keep_salt(EVP_CIPHER_CTX *ctx, const esp_sa *sa)
{
	uint8_t salt[SALT_LEN];

	memcpy(salt, salt_of(sa), SALT_LEN);
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IV_FIXED, SALT_LEN, salt) == 1;
}

/* The fetched cipher is OpenSSL's own cached object; the context holds a reference to it. */
static bool wake(esp_sa *sa)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, specs[sa->cipher].openssl, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok =
		cipher && ctx &&
		EVP_CipherInit_ex2(ctx, cipher, sa->secret, NULL, sa->direction == ESP_OUT, NULL) &&
		(!keeps_salt(sa) || keep_salt(ctx, sa));

	EVP_CIPHER_free(cipher);
	if (!ok)
		return EVP_CIPHER_CTX_free(ctx), false;
	sa->ctx = ctx;
	return true;
}

esp_sa *esp_sa_new(const esp_params *p, err *e)
{
	bool in = p->direction == ESP_IN;

	if ((unsigned)p->cipher >= ESP_N_CIPHERS)
		return err_set(e, ERR_USAGE, "esp: no such cipher"), NULL;
	esp_sa *sa = calloc(1, sizeof *sa + (in ? sizeof(replay) : 0));
	if (!sa)
		return err_set(e, ERR_LIMIT, "esp: out of memory"), NULL;

	sa->cipher = (uint8_t)p->cipher;
	sa->direction = (uint8_t)p->direction;
	sa->esn = p->esn;
	sa->spi = p->spi;
	memcpy(sa->secret, p->key, esp_key_len(p->cipher));
	if (wake(sa))
		return sa;
	esp_sa_free(sa);
	return err_set(e, ERR_CRYPTO, "esp: OpenSSL refuses %s", esp_cipher_name(p->cipher)), NULL;
}

void esp_sa_free(esp_sa *sa)
{
	if (!sa)
		return;
	esp_sa_rest(sa);
	OPENSSL_cleanse(sa->secret, sizeof sa->secret);
	free(sa);
}

void esp_sa_rest(esp_sa *sa)
{
	EVP_CIPHER_CTX_free(sa->ctx); /* wipes the key schedule */
	sa->ctx = NULL;
}

uint32_t esp_sa_spi(const esp_sa *sa)
{
	return sa->spi;
}

uint64_t esp_sa_packets(const esp_sa *sa)
{
	return sa->packets;
}

uint64_t esp_sa_octets(const esp_sa *sa)
{
	return sa->octets;
}

/* The associated data is SPI | sequence number, all 64 bits of an extended one (RFC 4106 5). */
static bool put_aad(esp_sa *sa, uint64_t seq)
{
	uint8_t aad[AAD_MAX];
	int n;

	store_be32(aad, sa->spi);
	if (sa->esn)
		store_be64(aad + 4, seq);
	else
		store_be32(aad + 4, (uint32_t)seq);
	return EVP_CipherUpdate(sa->ctx, NULL, &n, aad, sa->esn ? AAD_MAX : AAD_MAX - 4);
}

static bool cipher_start(esp_sa *sa, const uint8_t *iv, uint64_t seq, const OSSL_PARAM *params)
{
	uint8_t nonce[NONCE_LEN];

	if (!sa->ctx && !wake(sa))
		return false;
	memcpy(nonce, salt_of(sa), SALT_LEN);
	memcpy(nonce + SALT_LEN, iv, ESP_IV_LEN);
	return EVP_CipherInit_ex2(sa->ctx, NULL, NULL, nonce, -1, params) && put_aad(sa, seq);
}

static bool cipher_start_kept(esp_sa *sa, uint8_t *iv, uint64_t seq, const OSSL_PARAM *tag)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, iv, ESP_IV_LEN),
		*tag,
		OSSL_PARAM_END,
	};

	if (!sa->ctx && !wake(sa))
		return false;
	return EVP_CIPHER_CTX_set_params(sa->ctx, params) && put_aad(sa, seq);
}

static bool cipher_run(esp_sa *sa, uint8_t *p, size_t len)
{
	int n, last;

	return EVP_CipherUpdate(sa->ctx, p, &n, p, (int)len) &&
	       EVP_CipherFinal_ex(sa->ctx, p + n, &last);
}

/* RFC 4303 2.4: padding octets are 1, 2, 3, ...; returns the length of what gets encrypted. */
static size_t put_trailer(uint8_t *inner, size_t len, uint8_t next_header)
{
	uint8_t pad = (uint8_t)(-(len + ESP_TRAILER_LEN) & 3);

	for (uint8_t i = 1; i <= pad; i++)
		inner[len++] = i;
	inner[len++] = pad;
	inner[len++] = next_header;
	return len;
}

size_t esp_seal(esp_sa *sa, uint8_t *pkt, size_t inner_len, uint8_t next_header)
{
	/* RFC 4303 3.3.3: the sequence number never cycles (test: used_up_sequence_space_refuses) */
	if (sa->seq == (sa->esn ? UINT64_MAX : UINT32_MAX) || inner_len > UINT16_MAX)
		return 0;
	uint64_t seq = ++sa->seq; /* spent even if the cipher fails: an IV is never used twice */
	uint8_t *body = pkt + ESP_PAYLOAD_AT;

	store_be32(pkt, sa->spi);
	store_be32(pkt + 4, (uint32_t)seq);
	store_be64(pkt + ESP_HDR_LEN, seq);
	size_t len = put_trailer(body, inner_len, next_header);
	OSSL_PARAM tag[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, body + len, ESP_ICV_LEN),
		OSSL_PARAM_END,
	};
	if (!cipher_start(sa, pkt + ESP_HDR_LEN, seq, NULL) || !cipher_run(sa, body, len) ||
	    !EVP_CIPHER_CTX_get_params(sa->ctx, tag))
		return 0;
	sa->packets++;
	sa->octets += inner_len;
	return ESP_PAYLOAD_AT + len + ESP_ICV_LEN;
}

static bool decrypt(esp_sa *sa, uint8_t *pkt, size_t n, uint64_t seq)
{
	uint8_t *icv = pkt + n - ESP_ICV_LEN;
	OSSL_PARAM tag[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, icv, ESP_ICV_LEN),
		OSSL_PARAM_END,
	};
	bool ready = keeps_salt(sa) ? cipher_start_kept(sa, pkt + ESP_HDR_LEN, seq, tag)
				    : cipher_start(sa, pkt + ESP_HDR_LEN, seq, tag);

	return ready && cipher_run(sa, pkt + ESP_PAYLOAD_AT, n - ESP_PAYLOAD_AT - ESP_ICV_LEN);
}

/* RFC 4303 2.4: the receiver SHOULD inspect the padding (test: wrong_padding_is_refused). */
static bool take_trailer(const uint8_t *inner, size_t n, esp_opened *out)
{
	size_t pad = inner[n - 2];

	out->next_header = inner[n - 1];
	if (pad + ESP_TRAILER_LEN > n)
		return false;
	out->len = n - ESP_TRAILER_LEN - pad;
	for (size_t i = 0; i < pad; i++)
		if (inner[out->len + i] != i + 1)
			return false;
	return true;
}

esp_verdict esp_open(esp_sa *sa, uint8_t *pkt, size_t n, esp_opened *out)
{
	if (n < ESP_MIN_LEN || n > UINT16_MAX)
		return ESP_DROP_SHORT;
	if (load_be32(pkt) != sa->spi) /* the ICV covers ours, not what the packet says */
		return ESP_DROP_AUTH;
	uint32_t low = load_be32(pkt + 4);
	uint64_t seq = sa->esn ? replay_infer(sa->window, low) : low;
	if (!replay_is_new(sa->window, seq))
		return ESP_DROP_REPLAY;
	if (!decrypt(sa, pkt, n, seq))
		return ESP_DROP_AUTH;

	esp_opened got = { .inner = pkt + ESP_PAYLOAD_AT, .newest = seq > sa->window->top };
	if (!take_trailer(got.inner, n - ESP_PAYLOAD_AT - ESP_ICV_LEN, &got))
		return ESP_DROP_TRAILER;
	/* RFC 4303 3.4.3: "The receive window is updated only if the ICV verification succeeds."
	 * (test: forged_packet_moves_nothing) */
	replay_commit(sa->window, seq);
	sa->packets++;
	sa->octets += got.len;
	*out = got;
	return ESP_OK;
}
