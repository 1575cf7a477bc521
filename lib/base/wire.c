/* SPDX-License-Identifier: MIT */
#include "base/wire.h"

wire_rd wire_reader(const void *p, size_t n)
{
	static const uint8_t nothing[1];
	/* A NULL pointer with length 0 is an empty message; arithmetic on NULL is undefined. */
	const uint8_t *start = p ? p : nothing;

	return (wire_rd){ start, p ? start + n : start, !p && n };
}

const uint8_t *wire_take(wire_rd *r, size_t n)
{
	if (r->bad || n > (size_t)(r->end - r->p))
		return r->bad = true, NULL;
	r->p += n;
	return r->p - n;
}

uint8_t wire_u8(wire_rd *r)
{
	const uint8_t *p = wire_take(r, 1);

	return p ? *p : 0;
}

uint16_t wire_u16(wire_rd *r)
{
	const uint8_t *p = wire_take(r, 2);

	return p ? load_be16(p) : 0;
}

uint32_t wire_u32(wire_rd *r)
{
	const uint8_t *p = wire_take(r, 4);

	return p ? load_be32(p) : 0;
}

uint64_t wire_u64(wire_rd *r)
{
	const uint8_t *p = wire_take(r, 8);

	return p ? load_be64(p) : 0;
}

void wire_get(wire_rd *r, void *out, size_t n)
{
	if (!n)
		return;
	const uint8_t *p = wire_take(r, n);
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

wire_rd wire_sub(wire_rd *r, size_t n)
{
	const uint8_t *p = wire_take(r, n);
	wire_rd child = wire_reader(p, p ? n : 0);

	child.bad = r->bad;
	return child;
}

wire_bytes wire_rest(wire_rd *r)
{
	size_t n = wire_left(r);
	const uint8_t *p = wire_take(r, n);

	return (wire_bytes){ p, p ? n : 0 };
}

bool wire_done(const wire_rd *r)
{
	return !r->bad && r->p == r->end;
}

wire_wr wire_writer(void *p, size_t n)
{
	static uint8_t nothing[1]; /* never written: it has no room */
	uint8_t *start = p ? p : nothing;

	return (wire_wr){ start, start, p ? start + n : start, !p && n };
}

uint8_t *wire_room(wire_wr *w, size_t n)
{
	if (w->bad || n > (size_t)(w->end - w->p))
		return w->bad = true, NULL;
	w->p += n;
	return w->p - n;
}

void wire_put_u8(wire_wr *w, uint8_t v)
{
	uint8_t *p = wire_room(w, 1);

	if (p)
		*p = v;
}

void wire_put_u16(wire_wr *w, uint16_t v)
{
	uint8_t *p = wire_room(w, 2);

	if (p)
		store_be16(p, v);
}

void wire_put_u32(wire_wr *w, uint32_t v)
{
	uint8_t *p = wire_room(w, 4);

	if (p)
		store_be32(p, v);
}

void wire_put_u64(wire_wr *w, uint64_t v)
{
	uint8_t *p = wire_room(w, 8);

	if (p)
		store_be64(p, v);
}

void wire_put(wire_wr *w, const void *p, size_t n)
{
	uint8_t *room = wire_room(w, n);

	if (room && n)
		memcpy(room, p, n);
}

void wire_put_bytes(wire_wr *w, wire_bytes b)
{
	wire_put(w, b.p, b.n);
}

size_t wire_open_u8(wire_wr *w)
{
	size_t at = wire_len(w);

	wire_put_u8(w, 0);
	return at;
}

size_t wire_open_u16(wire_wr *w)
{
	size_t at = wire_len(w);

	wire_put_u16(w, 0);
	return at;
}

/* The length from `from` to here; bad if it does not fit the field at `at`. */
static size_t close_len(wire_wr *w, size_t at, size_t width, size_t from, size_t max)
{
	size_t here = wire_len(w);

	if (at + width > here || from > here || here - from > max)
		w->bad = true;
	return w->bad ? 0 : here - from;
}

void wire_close_u8(wire_wr *w, size_t at, size_t from)
{
	size_t n = close_len(w, at, 1, from, UINT8_MAX);

	if (!w->bad)
		w->start[at] = (uint8_t)n;
}

void wire_close_u16(wire_wr *w, size_t at, size_t from)
{
	size_t n = close_len(w, at, 2, from, UINT16_MAX);

	if (!w->bad)
		store_be16(w->start + at, (uint16_t)n);
}

bool bytes_equal_ct(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(const char *hex, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(hex[2 * i]);
		int lo = hi < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return hex[2 * n] == 0;
}

void hex_encode(const uint8_t *p, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = 0;
}
