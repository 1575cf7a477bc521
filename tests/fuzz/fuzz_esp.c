/* SPDX-License-Identifier: MIT */
/* Both ends of an association under a stream of events: honest packets of any length come out as they went
 * in; what was changed on the way, replayed, or never sealed moves nothing; a sealed body with any
 * trailer is taken apart without looking outside. Includes the source, to seal such bodies. */
#include "core/sa/esp_sa.c"
#include "oracle.h"

enum { MAX = 4096 };

typedef struct ends {
	esp_sa *out, *in;
	uint8_t last[MAX + ESP_MAX_OVERHEAD]; /* the last that was opened */
	size_t last_n;
} ends;

static esp_sa *make(uint8_t cipher, esp_direction d, uint64_t start)
{
	static const uint8_t key[SECRET_MAX] = { 1, 2, 3 };
	esp_params p = {
		.cipher = (esp_cipher)(cipher % ESP_N_CIPHERS),
		.direction = d,
		.esn = cipher < 128,
		.spi = 7,
		.key = key,
	};
	esp_sa *sa = esp_sa_new(&p, NULL);

	oracle_check(sa != NULL);
	sa->seq = start;
	if (d == ESP_IN)
		sa->window->top = start;
	return sa;
}

/* Opens a copy of just its size, so that the sanitizer sees every octet beyond. */
static esp_verdict open_copy(ends *e, const uint8_t *p, size_t n, wire_bytes inner, bool check)
{
	uint8_t *copy = malloc(n ? n : 1);
	replay before = *e->in->window;
	esp_opened got;

	oracle_check(copy != NULL);
	memcpy(copy, p, n);
	esp_verdict v = esp_open(e->in, copy, n, &got);
	if (v == ESP_OK && check)
		oracle_check(oracle_same(inner, (wire_bytes){ got.inner, got.len }));
	if (v == ESP_OK)
		oracle_check(got.inner >= copy && got.inner + got.len + ESP_ICV_LEN <= copy + n);
	else
		oracle_check(memcmp(&before, e->in->window, sizeof before) == 0);
	free(copy);
	return v;
}

static void honest(ends *e, wire_bytes inner, uint16_t bit)
{
	uint8_t *p = e->last;

	memcpy(p + ESP_PAYLOAD_AT, inner.p, inner.n);
	e->last_n = esp_seal(e->out, p, inner.n, ESP_NEXT_IPV4);
	oracle_check(e->last_n == esp_sealed_len(inner.n));
	size_t at = bit / 8 % e->last_n;
	p[at] ^= (uint8_t)(1 << bit % 8);
	oracle_check(open_copy(e, p, e->last_n, inner, true) != ESP_OK);
	p[at] ^= (uint8_t)(1 << bit % 8);
	oracle_check(open_copy(e, p, e->last_n, inner, true) == ESP_OK);
	oracle_check(open_copy(e, p, e->last_n, inner, true) == ESP_DROP_REPLAY);
}

static void any_trailer(ends *e, wire_bytes body)
{
	uint8_t p[MAX + ESP_MAX_OVERHEAD];
	uint64_t seq = ++e->out->seq;
	size_t n = ESP_PAYLOAD_AT + body.n;

	store_be32(p, 7);
	store_be32(p + 4, (uint32_t)seq);
	store_be64(p + ESP_HDR_LEN, seq);
	memcpy(p + ESP_PAYLOAD_AT, body.p, body.n);
	oracle_check(cipher_start(e->out, p + ESP_HDR_LEN, seq, NULL) &&
		     cipher_run(e->out, p + ESP_PAYLOAD_AT, body.n) &&
		     EVP_CIPHER_CTX_ctrl(e->out->ctx, EVP_CTRL_AEAD_GET_TAG, ESP_ICV_LEN, p + n) ==
			     1);
	esp_verdict v = open_copy(e, p, n + ESP_ICV_LEN, body, false);
	oracle_check(v == ESP_OK || v == ESP_DROP_TRAILER);
}

static void event(ends *e, uint8_t what, wire_bytes b, uint16_t bit)
{
	switch (what % 4) {
	case 0:
		oracle_check(open_copy(e, b.p, b.n, b, false) != ESP_OK);
		break;
	case 1:
		honest(e, b, bit);
		break;
	case 2:
		if (b.n >= 4)
			any_trailer(e, b);
		break;
	default:
		esp_sa_rest(what & 4 ? e->in : e->out);
		e->out->seq += bit; /* so many were lost */
		oracle_check(e->last_n == 0 ||
			     open_copy(e, e->last, e->last_n, b, false) != ESP_OK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	wire_rd r = wire_reader(data, n);
	uint8_t cipher = wire_u8(&r);
	uint64_t start = wire_u64(&r) >> (cipher < 128 ? 2 : 34); /* the numbers don't run out */
	ends e = { .out = make(cipher, ESP_OUT, start), .in = make(cipher, ESP_IN, start) };

	for (int i = 0; i < 50 && wire_left(&r) > 0; i++) {
		uint8_t what = wire_u8(&r);
		uint16_t bit = wire_u16(&r), len = wire_u16(&r) % MAX;
		wire_bytes b = { NULL, len < wire_left(&r) ? len : wire_left(&r) };
		b.p = wire_take(&r, b.n);
		if (b.p)
			event(&e, what, b, bit);
	}
	esp_sa_free(e.out);
	esp_sa_free(e.in);
	return 0;
}
