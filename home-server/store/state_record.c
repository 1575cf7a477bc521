/* SPDX-License-Identifier: MIT */
/* state_record.c - octets of a slot: each record ends in the checksum of all before it. */
#include "store/state_record.h"

#include "base/wire.h"

enum { CARD_MAGIC = 0x48574331, COPY_MAGIC = 0x48575331, CRC_LEN = 4 };

uint32_t state_crc(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & (0u - (crc & 1)));
	}
	return ~crc;
}

static void put_addr(wire_wr *w, const ip_addr *a)
{
	wire_put_u8(w, a->len);
	wire_put(w, a->b, sizeof a->b);
}

static ip_addr get_addr(wire_rd *r)
{
	uint8_t len = wire_u8(r);
	const uint8_t *b = wire_take(r, 16);

	return b ? ip_from_bytes(b, len) : (ip_addr){ 0 };
}

static void finish(uint8_t *rec, size_t len, const wire_wr *w)
{
	memset(w->p, 0, len - CRC_LEN - wire_len(w));
	store_be32(rec + len - CRC_LEN, state_crc(rec, len - CRC_LEN));
}

static bool is_whole(const uint8_t *rec, size_t len, uint32_t magic)
{
	return load_be32(rec) == magic &&
	       load_be32(rec + len - CRC_LEN) == state_crc(rec, len - CRC_LEN);
}

void state_card_put(const state_card *c, uint8_t out[STATE_CARD_LEN])
{
	wire_wr w = wire_writer(out, STATE_CARD_LEN - CRC_LEN);

	wire_put_u32(&w, CARD_MAGIC);
	wire_put(&w, c->id, sizeof c->id);
	wire_put(&w, c->name, sizeof c->name);
	wire_put_u32(&w, c->spi);
	put_addr(&w, &c->home4);
	put_addr(&w, &c->home6);
	finish(out, STATE_CARD_LEN, &w);
}

bool state_card_get(const uint8_t in[STATE_CARD_LEN], state_card *out)
{
	wire_rd r = wire_reader(in, STATE_CARD_LEN);

	if (!is_whole(in, STATE_CARD_LEN, CARD_MAGIC))
		return false;
	wire_u32(&r);
	wire_get(&r, out->id, sizeof out->id);
	wire_get(&r, out->name, sizeof out->name);
	out->name[STATE_NAME_MAX] = 0;
	out->spi = wire_u32(&r);
	out->home4 = get_addr(&r);
	out->home6 = get_addr(&r);
	return !r.bad;
}

static void put_place(wire_wr *w, const home_place *p)
{
	put_addr(w, &p->to.addr);
	wire_put_u16(w, p->to.port);
	put_addr(w, &p->from);
	wire_put_u32(w, p->sock);
	wire_put_u32(w, p->until_s);
}

/* Zeros, of a copy that was written before there were places: nowhere. */
static home_place get_place(wire_rd *r)
{
	home_place p = { 0 };

	p.to.addr = get_addr(r);
	p.to.port = wire_u16(r);
	p.from = get_addr(r);
	p.sock = wire_u32(r);
	p.until_s = wire_u32(r);
	return p;
}

void state_copy_put(const home_client_state *st, uint64_t count, uint8_t out[STATE_COPY_LEN])
{
	wire_wr w = wire_writer(out, STATE_COPY_LEN - CRC_LEN);

	wire_put_u32(&w, COPY_MAGIC);
	wire_put_u64(&w, count);
	wire_put_u64(&w, st->last_id);
	wire_put_u32(&w, st->spi_now);
	wire_put_u32(&w, st->spi_before);
	put_addr(&w, &st->lease4);
	put_addr(&w, &st->lease6);
	put_place(&w, &st->place);
	finish(out, STATE_COPY_LEN, &w);
}

bool state_copy_get(const uint8_t in[STATE_COPY_LEN], home_client_state *st, uint64_t *count)
{
	wire_rd r = wire_reader(in, STATE_COPY_LEN);

	if (!is_whole(in, STATE_COPY_LEN, COPY_MAGIC))
		return false;
	wire_u32(&r);
	*count = wire_u64(&r);
	st->last_id = wire_u64(&r);
	st->spi_now = wire_u32(&r);
	st->spi_before = wire_u32(&r);
	st->lease4 = get_addr(&r);
	st->lease6 = get_addr(&r);
	st->place = get_place(&r);
	return !r.bad;
}

int state_newest(const uint8_t slot[STATE_SLOT_LEN], home_client_state *st, uint64_t *count)
{
	home_client_state s[2];
	uint64_t n[2];
	int best = -1;

	for (int i = 0; i < 2; i++)
		if (state_copy_get(slot + STATE_CARD_LEN + i * STATE_COPY_LEN, &s[i], &n[i]) &&
		    (best < 0 || n[i] > n[best]))
			best = i;
	if (best >= 0) {
		*st = s[best];
		*count = n[best];
	}
	return best;
}
