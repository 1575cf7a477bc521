/* SPDX-License-Identifier: MIT */
/* wire.h - reading and writing octets, network byte order.
 * A reader or writer lives on the stack and has a sticky error: once bad, integer readers yield 0,
 * pointers are NULL, writes do nothing; check once, at the end. */
#ifndef HW_BASE_WIRE_H
#define HW_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct wire_bytes {
	const uint8_t *p;
	size_t n;
} wire_bytes;

typedef struct wire_rd {
	const uint8_t *p, *end;
	bool bad;
} wire_rd;

wire_rd wire_reader(const void *p, size_t n);
static inline size_t wire_left(const wire_rd *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}
const uint8_t *wire_take(wire_rd *r, size_t n); /* NULL once bad */
uint8_t wire_u8(wire_rd *r);
uint16_t wire_u16(wire_rd *r);
uint32_t wire_u32(wire_rd *r);
uint64_t wire_u64(wire_rd *r);
void wire_get(wire_rd *r, void *out, size_t n); /* zeroes out when bad */
wire_rd wire_sub(wire_rd *r, size_t n);         /* a child over the next n octets; bad if r is */
wire_bytes wire_rest(wire_rd *r);               /* all that is left */
bool wire_done(const wire_rd *r);               /* not bad, and nothing left over */

typedef struct wire_wr {
	uint8_t *start, *p, *end;
	bool bad;
} wire_wr;

wire_wr wire_writer(void *p, size_t n);
static inline size_t wire_len(const wire_wr *w)
{
	return (size_t)(w->p - w->start);
}
uint8_t *wire_room(wire_wr *w, size_t n); /* n octets to fill in; NULL once bad */
void wire_put_u8(wire_wr *w, uint8_t v);
void wire_put_u16(wire_wr *w, uint16_t v);
void wire_put_u32(wire_wr *w, uint32_t v);
void wire_put_u64(wire_wr *w, uint64_t v);
void wire_put(wire_wr *w, const void *p, size_t n);
void wire_put_bytes(wire_wr *w, wire_bytes b);

/* Reserve a length field now, fill it in when what it covers is written:
 *   size_t at = wire_open_u16(w); size_t from = wire_len(w); ...; wire_close_u16(w, at, from); */
size_t wire_open_u8(wire_wr *w);
size_t wire_open_u16(wire_wr *w);
void wire_close_u8(wire_wr *w, size_t at, size_t from);
void wire_close_u16(wire_wr *w, size_t at, size_t from);

/* Unaligned loads and stores for the data path, the same on every host; compilers make one instruction of each. */
static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}
static inline void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void store_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}
static inline void store_be64(uint8_t *p, uint64_t v)
{
	store_be32(p, (uint32_t)(v >> 32));
	store_be32(p + 4, (uint32_t)v);
}

bool bytes_equal_ct(const void *a, const void *b, size_t n); /* constant time */
bool hex_decode(const char *hex, uint8_t *out, size_t n);    /* exactly 2n digits, nothing else */
void hex_encode(const uint8_t *p, size_t n, char *out);      /* 2n + 1 octets */

#endif
