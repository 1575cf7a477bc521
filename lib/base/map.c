/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing, at most three quarters full. Deleting shifts the entries
 * behind it back instead of leaving tombstones, so that a table does not get slower with use. The hash is SipHash-2-4 of the two words under a key made from the seed. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

typedef struct cell {
	map_key key;
	void *value; /* NULL: free */
} cell;

struct map {
	cell *cells;
	size_t mask, count; /* mask + 1 cells, a power of two */
	uint64_t k0, k1;
};

#define FIRST_CELLS 16

static uint64_t rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

static size_t hash(const map *m, map_key k)
{
	uint64_t v[4] = { m->k0 ^ 0x736f6d6570736575, m->k1 ^ 0x646f72616e646f6d,
			  m->k0 ^ 0x6c7967656e657261, m->k1 ^ 0x7465646279746573 };

	sip_word(v, k.hi);
	sip_word(v, k.lo);
	sip_word(v, (uint64_t)16 << 56); /* the length, as SipHash ends a message of 16 octets */
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return (size_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* splitmix64: one seed into as many independent words as are needed. */
static uint64_t next_word(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

map *map_new(uint64_t seed)
{
	map *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->cells = calloc(FIRST_CELLS, sizeof *m->cells);
	if (!m->cells) {
		free(m);
		return NULL;
	}
	m->mask = FIRST_CELLS - 1;
	m->k0 = next_word(&seed);
	m->k1 = next_word(&seed);
	return m;
}

void map_free(map *m)
{
	if (!m)
		return;
	free(m->cells);
	free(m);
}

/* The cell that holds k, or the free one where it belongs; there always is one. */
static cell *find(const map *m, map_key k)
{
	size_t i = hash(m, k) & m->mask;

	while (m->cells[i].value && (m->cells[i].key.hi != k.hi || m->cells[i].key.lo != k.lo))
		i = (i + 1) & m->mask;
	return &m->cells[i];
}

static bool grow(map *m)
{
	size_t n = m->mask + 1;
	cell *old = m->cells, *bigger = calloc(2 * n, sizeof *bigger);

	if (!bigger)
		return false;
	m->cells = bigger;
	m->mask = 2 * n - 1;
	for (size_t i = 0; i < n; i++)
		if (old[i].value)
			*find(m, old[i].key) = old[i];
	free(old);
	return true;
}

bool map_put(map *m, map_key k, void *value)
{
	cell *c = find(m, k);

	if (!c->value) {
		if ((m->count + 1) * 4 > (m->mask + 1) * 3) {
			if (!grow(m))
				return false;
			c = find(m, k);
		}
		m->count++;
	}
	c->key = k;
	c->value = value;
	return true;
}

void *map_get(const map *m, map_key k)
{
	return find(m, k)->value;
}

/* Whether the entry at `from` can move to the free cell `hole` before it: only if its own place is not between. */
static bool can_move(const map *m, size_t hole, size_t from)
{
	size_t home = hash(m, m->cells[from].key) & m->mask;

	return ((from - home) & m->mask) >= ((from - hole) & m->mask);
}

void map_del(map *m, map_key k)
{
	cell *c = find(m, k);

	if (!c->value)
		return;
	size_t hole = (size_t)(c - m->cells);
	for (size_t i = (hole + 1) & m->mask; m->cells[i].value; i = (i + 1) & m->mask) {
		if (!can_move(m, hole, i))
			continue;
		m->cells[hole] = m->cells[i];
		hole = i;
	}
	m->cells[hole] = (cell){ 0 };
	m->count--;
}

size_t map_count(const map *m)
{
	return m->count;
}

map_key map_key_bytes(const uint8_t *p, size_t n)
{
	uint8_t b[16] = { 0 };

	if (n == 4) {
		b[10] = b[11] = 0xff; /* ::ffff:0:0/96, RFC 4291 2.5.5.2 */
		memcpy(b + 12, p, 4);
	} else {
		memcpy(b, p, n < sizeof b ? n : sizeof b);
	}
	map_key k;
	memcpy(&k.hi, b, 8);
	memcpy(&k.lo, b + 8, 8);
	return k;
}
