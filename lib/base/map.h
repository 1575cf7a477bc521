/* SPDX-License-Identifier: MIT */
/* map.h - hash map from a short key (SPI, address) to a pointer; open addressing, linear probing,
 * SipHash with a random key, so that nobody outside can choose colliding keys. Owns its table only. */
#ifndef HW_BASE_MAP_H
#define HW_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct map_key {
	uint64_t hi, lo;
} map_key;
typedef struct map map;

map *map_new(uint64_t seed); /* NULL: no memory */
void map_free(map *m);       /* NULL is fine */
bool map_put(map *m, map_key k,
	     void *value);              /* replaces; false: no memory; value must not be NULL */
void *map_get(const map *m, map_key k); /* NULL: not there */
void map_del(map *m, map_key k);
size_t map_count(const map *m);

static inline map_key map_key_u32(uint32_t v)
{
	return (map_key){ 0, v };
}
/* n <= 16, zero padded. 4 octets count as their IPv4-mapped IPv6 address, so an IPv4 address shares
 * its key with no IPv6 address but the one that means the same. */
map_key map_key_bytes(const uint8_t *p, size_t n);

#endif
