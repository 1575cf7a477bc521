/* SPDX-License-Identifier: MIT */
/* sa_payload.c - SA, proposal, transform and key-exchange payloads (docs/protocol.md 6, 7). */
#include "proto/sa_payload.h"
#include "proto/mip_ext.h"

enum {
	HDR_LEN = 4,         /* type, sub-type, payload length */
	ATTR_SHORT = 0x8000, /* AF, RFC 7296 3.3.5: the value is the next two octets */
};

/* type(8), sub-type(8), payload length(16, this header included). The type octet repeats the vendor
 * type, so that a nested payload can be identified too. */
static wire_rd open_payload(wire_rd *r, uint8_t type, uint8_t *subtype)
{
	uint8_t got = wire_u8(r);

	*subtype = wire_u8(r);
	uint16_t len = wire_u16(r);
	if (got != type || len < HDR_LEN) {
		r->bad = true;
		len = HDR_LEN;
	}
	return wire_sub(r, (size_t)(len - HDR_LEN));
}

/* Returns the mark for close_payload(): where the payload begins. */
static size_t begin_payload(wire_wr *w, uint8_t type, uint8_t subtype)
{
	size_t mark = wire_len(w);

	wire_put_u8(w, type);
	wire_put_u8(w, subtype);
	wire_open_u16(w);
	return mark;
}

static void close_payload(wire_wr *w, size_t mark)
{
	wire_close_u16(w, mark + 2, mark);
}

static void attribute_get(wire_rd *r, sa_attribute *out)
{
	uint16_t type = wire_u16(r);
	size_t len = type & ATTR_SHORT ? 2 : wire_u16(r);
	wire_rd value = wire_sub(r, len);

	out->type = type & (uint16_t)~ATTR_SHORT;
	out->value = wire_rest(&value);
}

static void attribute_put(wire_wr *w, const sa_attribute *a)
{
	if (a->value.n == 2) {
		wire_put_u16(w, a->type | ATTR_SHORT);
	} else {
		wire_put_u16(w, a->type & (uint16_t)~ATTR_SHORT);
		wire_put_u16(w, (uint16_t)a->value.n);
		if (a->value.n > UINT16_MAX)
			w->bad = true;
	}
	wire_put_bytes(w, a->value);
}

static void transform_get(wire_rd *r, sa_transform *out)
{
	wire_rd body = open_payload(r, VENDOR_TRANSFORM, &out->subtype);

	out->number = wire_u8(&body);
	out->id = wire_u16(&body);
	out->n_keys = wire_u8(&body);
	out->n_attributes = 0;
	while (wire_left(&body) > 0 && out->n_attributes < SA_MAX_ATTRIBUTES)
		attribute_get(&body, &out->attributes[out->n_attributes++]);
	if (!wire_done(&body))
		r->bad = true;
}

static void transform_put(wire_wr *w, const sa_transform *t)
{
	size_t mark = begin_payload(w, VENDOR_TRANSFORM, t->subtype);

	wire_put_u8(w, t->number);
	wire_put_u16(w, t->id);
	wire_put_u8(w, t->n_keys);
	for (size_t i = 0; i < t->n_attributes; i++)
		attribute_put(w, &t->attributes[i]);
	close_payload(w, mark);
}

static void proposal_get(wire_rd *r, sa_proposal *out)
{
	wire_rd body = open_payload(r, VENDOR_PROPOSAL, &out->subtype);

	out->number = wire_u8(&body);
	out->protocol_number = wire_u8(&body);
	out->protocol_id = wire_u8(&body);
	out->n_transforms = wire_u8(&body);
	out->lifetime_s = wire_u32(&body);
	out->spi = wire_u32(&body);
	if (out->n_transforms > SA_MAX_TRANSFORMS) {
		body.bad = true;
		out->n_transforms = 0;
	}
	for (size_t i = 0; i < out->n_transforms; i++)
		transform_get(&body, &out->transforms[i]);
	if (!wire_done(&body)) /* fewer or more transforms than their number */
		r->bad = true;
}

static void proposal_put(wire_wr *w, const sa_proposal *p)
{
	size_t mark = begin_payload(w, VENDOR_PROPOSAL, p->subtype);

	wire_put_u8(w, p->number);
	wire_put_u8(w, p->protocol_number);
	wire_put_u8(w, p->protocol_id);
	wire_put_u8(w, p->n_transforms);
	wire_put_u32(w, p->lifetime_s);
	wire_put_u32(w, p->spi);
	for (size_t i = 0; i < p->n_transforms; i++)
		transform_put(w, &p->transforms[i]);
	close_payload(w, mark);
}

bool sa_payload_get(wire_bytes body, sa_payload *out)
{
	wire_rd r = wire_reader(body.p, body.n);
	wire_rd list = open_payload(&r, VENDOR_SA_PAYLOAD, &out->subtype);

	out->n_proposals = 0;
	while (wire_left(&list) > 0 && out->n_proposals < SA_MAX_PROPOSALS)
		proposal_get(&list, &out->proposals[out->n_proposals++]);
	return wire_done(&list) && wire_done(&r);
}

void sa_payload_put(wire_wr *w, const sa_payload *p)
{
	size_t mark = begin_payload(w, VENDOR_SA_PAYLOAD, p->subtype);

	for (size_t i = 0; i < p->n_proposals; i++)
		proposal_put(w, &p->proposals[i]);
	close_payload(w, mark);
}

bool sa_attr_u16(const sa_transform *t, uint16_t type, uint16_t *out)
{
	for (size_t i = 0; i < t->n_attributes; i++) {
		const sa_attribute *a = &t->attributes[i];
		if (a->type != type)
			continue;
		if (a->value.n != 2)
			return false;
		*out = load_be16(a->value.p);
		return true;
	}
	return false;
}

void sa_attr_set_u16(sa_transform *t, uint16_t type, uint16_t v, uint8_t storage[2])
{
	size_t i = 0;

	while (i < t->n_attributes && t->attributes[i].type != type)
		i++;
	if (i == SA_MAX_ATTRIBUTES)
		return;
	store_be16(storage, v);
	t->attributes[i] = (sa_attribute){ type, { storage, 2 } };
	if (i == t->n_attributes)
		t->n_attributes++;
}

static wire_bytes counted_get(wire_rd *r) /* length(16), then that many octets */
{
	uint16_t len = wire_u16(r);
	wire_rd value = wire_sub(r, len);

	return wire_rest(&value);
}

static void counted_put(wire_wr *w, wire_bytes b)
{
	if (b.n > UINT16_MAX)
		w->bad = true;
	wire_put_u16(w, (uint16_t)b.n);
	wire_put_bytes(w, b);
}

/* The length field counts the whole payload, and the payload is the whole extension. */
static bool is_ke_len_right(wire_rd *r, wire_bytes body)
{
	return wire_u16(r) == body.n && !r->bad;
}

bool ke_payload_get(wire_bytes body, ke_payload *out)
{
	wire_rd r = wire_reader(body.p, body.n);

	*out = (ke_payload){ 0 };
	if (wire_u8(&r) != VENDOR_KEY_EXCHANGE)
		return false;
	out->kind = wire_u8(&r);
	switch (out->kind) {
	case KE_GROUP: /* the identification precedes the length */
		out->group = wire_u16(&r);
		if (!is_ke_len_right(&r, body))
			return false;
		break;
	case KE_USER_GROUP:
		if (!is_ke_len_right(&r, body))
			return false;
		out->prime = counted_get(&r);
		out->generator = counted_get(&r);
		out->value = counted_get(&r);
		return wire_done(&r);
	case KE_KEY_CENTRE:
		if (!is_ke_len_right(&r, body))
			return false;
		out->spi = wire_u32(&r);
		break;
	default:
		return false;
	}
	out->value = wire_rest(&r);
	return wire_done(&r);
}

void ke_payload_put(wire_wr *w, const ke_payload *k)
{
	size_t mark = wire_len(w);

	wire_put_u8(w, VENDOR_KEY_EXCHANGE);
	wire_put_u8(w, k->kind);
	if (k->kind == KE_GROUP)
		wire_put_u16(w, k->group);
	size_t len_at = wire_open_u16(w);
	if (k->kind == KE_USER_GROUP) {
		counted_put(w, k->prime);
		counted_put(w, k->generator);
		counted_put(w, k->value);
	} else {
		if (k->kind == KE_KEY_CENTRE)
			wire_put_u32(w, k->spi);
		wire_put_bytes(w, k->value);
	}
	wire_close_u16(w, len_at, mark);
}
