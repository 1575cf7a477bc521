/* SPDX-License-Identifier: MIT */
/* SA and key-exchange payloads. What decodes must encode to what decodes to the same. Encoding is
 * canonical (an attribute of two octets always takes the short form), so the second encoding must
 * equal the first octet by octet. */
#include "proto/sa_payload.h"
#include "oracle.h"

static void same_attributes(const sa_transform *a, const sa_transform *b)
{
	oracle_check(a->n_attributes == b->n_attributes);
	for (size_t i = 0; i < a->n_attributes; i++) {
		uint16_t v, v2;
		oracle_check(a->attributes[i].type == b->attributes[i].type);
		oracle_check(oracle_same(a->attributes[i].value, b->attributes[i].value));
		bool has = sa_attr_u16(a, a->attributes[i].type, &v);
		oracle_check(has == sa_attr_u16(b, a->attributes[i].type, &v2) &&
			     (!has || v == v2));
	}
}

static void same_proposals(const sa_proposal *a, const sa_proposal *b)
{
	oracle_check(a->subtype == b->subtype && a->number == b->number);
	oracle_check(a->protocol_number == b->protocol_number && a->protocol_id == b->protocol_id);
	oracle_check(a->lifetime_s == b->lifetime_s && a->spi == b->spi);
	oracle_check(a->n_transforms == b->n_transforms);
	for (size_t i = 0; i < a->n_transforms; i++) {
		const sa_transform *s = &a->transforms[i], *t = &b->transforms[i];
		oracle_check(s->subtype == t->subtype && s->number == t->number);
		oracle_check(s->id == t->id && s->n_keys == t->n_keys);
		same_attributes(s, t);
	}
}

static void sa(wire_bytes in)
{
	static uint8_t first[ORACLE_ROOM], second[ORACLE_ROOM];
	sa_payload p, p2;

	if (!sa_payload_get(in, &p))
		return;
	wire_wr w = wire_writer(first, sizeof first), w2 = wire_writer(second, sizeof second);
	sa_payload_put(&w, &p);
	oracle_check(oracle_body(&w, 0).n <= in.n);
	oracle_check(sa_payload_get(oracle_body(&w, 0), &p2));
	oracle_check(p.subtype == p2.subtype && p.n_proposals == p2.n_proposals);
	for (size_t i = 0; i < p.n_proposals; i++)
		same_proposals(&p.proposals[i], &p2.proposals[i]);
	sa_payload_put(&w2, &p2);
	oracle_check(oracle_same(oracle_body(&w, 0), oracle_body(&w2, 0)));
}

static void key_exchange(wire_bytes in)
{
	static uint8_t again[ORACLE_ROOM];
	ke_payload k;

	if (!ke_payload_get(in, &k))
		return;
	wire_wr w = wire_writer(again, sizeof again);
	ke_payload_put(&w, &k);
	oracle_check(oracle_same(oracle_body(&w, 0), in)); /* nothing in it is ignored */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	wire_bytes in = { data, n };

	sa(in);
	key_exchange(in);
	return 0;
}
