/* SPDX-License-Identifier: MIT */
/* checksum.c - the Internet checksum.
 *
 * Theory: ones' complement addition is associative and commutative and does not care how wide the
 * words are that it adds, as long as carries come back in (RFC 1071 2). So octets are added as
 * 32-bit halves of 64-bit words into 64-bit lanes that can't overflow below 2^32 words; the lanes
 * are independent, which lets the compiler use vector registers. Byte order does not matter
 * either: all stays in memory order and the folded result is stored as it is. */
#include "proto/checksum.h"

enum {
	BLOCK = 64,            /* octets at a time: eight words, sixteen lanes */
	LANES_MIN = 4 * BLOCK, /* below, setting up the lanes costs more than they save */
};

#define LOW_HALF 0xffffffffu

static uint64_t load_word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Adds the halves of each word, for what fills no block. */
static uint64_t add_tail(const uint8_t *p, size_t n, uint64_t sum)
{
	for (; n >= 8; p += 8, n -= 8) {
		uint64_t v = load_word(p);
		sum += (v & LOW_HALF) + (v >> 32);
	}
	if (n > 0) { /* an odd last octet counts as if a zero followed it */
		uint8_t last[8] = { 0 };
		memcpy(last, p, n);
		uint64_t v = load_word(last);
		sum += (v & LOW_HALF) + (v >> 32);
	}
	return sum;
}

uint64_t csum_partial(const void *data, size_t n, uint64_t sum)
{
	const uint8_t *p = data;
	uint64_t lo[BLOCK / 8] = { 0 }, hi[BLOCK / 8] = { 0 };

	if (n < LANES_MIN)
		return add_tail(p, n, sum);
	for (; n >= BLOCK; p += BLOCK, n -= BLOCK)
		for (size_t i = 0; i < BLOCK / 8; i++) {
			uint64_t v = load_word(p + i * 8);
			lo[i] += v & LOW_HALF;
			hi[i] += v >> 32;
		}
	for (size_t i = 0; i < BLOCK / 8; i++)
		sum += lo[i] + hi[i];
	return add_tail(p, n, sum);
}

uint64_t csum_copy(void *dst, const void *src, size_t n, uint64_t sum)
{
	const uint8_t *p = src;
	uint8_t *to = dst;
	uint64_t lo[BLOCK / 8] = { 0 }, hi[BLOCK / 8] = { 0 };

	if (n < LANES_MIN) {
		memcpy(dst, src, n);
		return add_tail(p, n, sum);
	}
	for (; n >= BLOCK; p += BLOCK, to += BLOCK, n -= BLOCK)
		for (size_t i = 0; i < BLOCK / 8; i++) {
			uint64_t v = load_word(p + i * 8);
			memcpy(to + i * 8, &v, sizeof v);
			lo[i] += v & LOW_HALF;
			hi[i] += v >> 32;
		}
	for (size_t i = 0; i < BLOCK / 8; i++)
		sum += lo[i] + hi[i];
	memcpy(to, p, n);
	return add_tail(p, n, sum);
}

uint16_t csum_fold(uint64_t sum)
{
	sum = (sum & LOW_HALF) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Source and destination stand next to each other in both headers (RFC 9293 3.1, RFC 8200 8.1). */
uint64_t csum_pseudo(const uint8_t *ip, const ip_view *v, uint8_t proto, uint32_t transport_len)
{
	uint8_t rest[8] = { 0 };

	store_be32(rest, transport_len);
	rest[7] = proto;
	uint64_t sum = csum_partial(rest, sizeof rest, 0);
	return v->version == 4 ? csum_partial(ip + 12, 8, sum) : csum_partial(ip + 8, 32, sum);
}

uint16_t csum_transport(const uint8_t *ip, const ip_view *v, uint8_t proto)
{
	uint32_t len = v->len - v->hdr_len;

	return csum_fold(csum_partial(ip + v->hdr_len, len, csum_pseudo(ip, v, proto, len)));
}
