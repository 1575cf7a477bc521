/* SPDX-License-Identifier: MIT */
/* SA, proposal, transform and key-exchange payloads (proto/sa_payload.h). */
#include "octets.h"
#include "proto/sa_payload.h"

/* Two protocols under number 1 (AND, Fig. 26), then number 2 (OR, Fig. 27); two transforms (Fig. 28). */
/* clang-format off */
static const uint8_t offer[] = {
	0x10, 0x01, 0x00, 0x72,                         /* SA payload, client-home, 114 octets */
	0x11, 0x00, 0x00, 0x28, 0x01, 0x32, 0x03, 0x02, /* proposal 1, protocol 50, ESP, 2 transforms */
	0x00, 0x00, 0x02, 0x58, 0x20, 0x00, 0x00, 0x01, /* lifetime 600, SPI */
	0x12, 0x00, 0x00, 0x0c, 0x01, 0x00, 0x14, 0x02, /* transform 1, AES-GCM, 2 keys */
	0x80, 0x0e, 0x00, 0x80,                         /* key length 128 */
	0x12, 0x00, 0x00, 0x0c, 0x02, 0x00, 0x1c, 0x02, /* transform 2, ChaCha20-Poly1305 */
	0x80, 0x05, 0x00, 0x01,                         /* ESN */
	0x11, 0x00, 0x00, 0x18, 0x01, 0x33, 0x01, 0x01, /* proposal 1 again, protocol 51, authentication */
	0x00, 0x00, 0x02, 0x58, 0x20, 0x00, 0x00, 0x02,
	0x12, 0x00, 0x00, 0x08, 0x01, 0x00, 0x0c, 0x01, /* HMAC-SHA-256-128 */
	0x11, 0x00, 0x00, 0x2e, 0x02, 0x32, 0x03, 0x01, /* proposal 2 */
	0x00, 0x00, 0x0e, 0x10, 0x20, 0x00, 0x00, 0x03,
	0x12, 0x07, 0x00, 0x1e, 0x01, 0x00, 0x14, 0x02, /* sub-type 7, three attributes */
	0x80, 0x04, 0x00, 0x1f,                         /* group 31 */
	0x00, 0x63, 0x00, 0x06, 1, 2, 3, 4, 5, 6,       /* attribute 99 of six octets */
	0x00, 0x64, 0x00, 0x00,                         /* attribute 100, empty */
	0x80, 0x0e, 0x01, 0x00,                         /* key length 256 */
};
/* clang-format on */
enum { FIRST_PROPOSAL_AT = 4, FIRST_TRANSFORM_AT = 20, SECOND_PROPOSAL_AT = 44 };

TEST(offer_is_read_in_full)
{
	sa_payload p;

	assert_true(sa_payload_get(BYTES(offer), &p));
	assert_int_equal(p.subtype, SA_CLIENT_HOME);
	assert_int_equal(p.n_proposals, 3);
	const sa_proposal *a = &p.proposals[0];
	assert_int_equal(a->protocol_number, 50);
	assert_int_equal(a->protocol_id, SA_PROTO_ESP);
	assert_int_equal(a->lifetime_s, 600);
	assert_int_equal(a->spi, 0x20000001);
	assert_int_equal(a->n_transforms, 2);
	assert_int_equal(a->transforms[0].number, 1);
	assert_int_equal(a->transforms[0].id, SA_ENCR_AES_GCM_16);
	assert_int_equal(a->transforms[0].n_keys, 2);
	assert_int_equal(a->transforms[1].number, 2);
	assert_int_equal(a->transforms[1].id, SA_ENCR_CHACHA20_POLY1305);
	assert_int_equal(p.proposals[1].transforms[0].id, SA_AUTH_HMAC_SHA256_128);
	assert_int_equal(p.proposals[2].transforms[0].subtype, 7);
}

TEST(and_and_or_numbers_are_kept)
{
	sa_payload p;

	assert_true(sa_payload_get(BYTES(offer), &p));
	assert_int_equal(p.proposals[0].number, 1);
	assert_int_equal(p.proposals[1].number, 1);
	assert_int_equal(p.proposals[1].protocol_id, SA_PROTO_AUTH);
	assert_int_equal(p.proposals[2].number, 2);
}

TEST(attributes_of_both_lengths_are_read)
{
	sa_payload p;
	uint16_t v;

	assert_true(sa_payload_get(BYTES(offer), &p));
	const sa_transform *t = &p.proposals[2].transforms[0];
	assert_int_equal(t->n_attributes, 4);
	assert_true(sa_attr_u16(t, SA_ATTR_GROUP, &v));
	assert_int_equal(v, DH_X25519);
	assert_true(sa_attr_u16(t, SA_ATTR_KEY_LENGTH, &v));
	assert_int_equal(v, 256);
	assert_int_equal(t->attributes[1].type, 99);
	assert_bytes(t->attributes[1].value, ((const uint8_t[]){ 1, 2, 3, 4, 5, 6 }));
	assert_int_equal(t->attributes[2].value.n, 0);
	assert_false(sa_attr_u16(t, 99, &v));
	assert_false(sa_attr_u16(t, SA_ATTR_ESN, &v));
}

TEST(offer_is_written_as_it_was_read)
{
	uint8_t b[sizeof offer];
	sa_payload p;

	assert_true(sa_payload_get(BYTES(offer), &p));
	wire_wr w = wire_writer(b, sizeof b);
	sa_payload_put(&w, &p);
	assert_wrote(w, offer);
}

TEST(offer_cut_at_any_length_is_refused)
{
	sa_payload p;

	for (size_t n = 0; n < sizeof offer; n++) {
		uint8_t *cut = octets_exact(offer, n);
		assert_false(sa_payload_get((wire_bytes){ cut, n }, &p));
		free(cut);
	}
}

static bool reads_with(size_t at, uint8_t value)
{
	uint8_t b[sizeof offer];
	sa_payload p;

	memcpy(b, offer, sizeof b);
	b[at] = value;
	return sa_payload_get(BYTES(b), &p);
}

TEST(lengths_that_lie_are_refused)
{
	static const size_t at[] = { 3, 7, 23, 35, 47, 63, 71, 87 };

	for (size_t i = 0; i < COUNT(at); i++)
		for (unsigned v = 0; v < 256; v++)
			if (v != offer[at[i]])
				assert_false(reads_with(at[i], (uint8_t)v));
}

TEST(attributes_longer_than_their_transform_are_refused)
{
	for (unsigned v = 15; v < 256; v++)
		assert_false(reads_with(99, (uint8_t)v));
	for (unsigned v = 5; v < 256; v++)
		assert_false(reads_with(109, (uint8_t)v));
	assert_false(reads_with(98, 0xff));
}

TEST(types_in_the_wrong_place_are_refused)
{
	assert_false(reads_with(0, 0x11));
	assert_false(reads_with(FIRST_PROPOSAL_AT, 0x12));
	assert_false(reads_with(FIRST_TRANSFORM_AT, 0x11));
}

TEST(number_of_transforms_must_be_the_true_one)
{
	for (unsigned v = 0; v < 256; v++)
		if (v != 2)
			assert_false(reads_with(FIRST_PROPOSAL_AT + 7, (uint8_t)v));
}

TEST(octets_after_the_payload_are_refused)
{
	uint8_t b[sizeof offer + 1] = { 0 };
	sa_payload p;

	memcpy(b, offer, sizeof offer);
	assert_false(sa_payload_get(BYTES(b), &p));
}

/* What n proposals, each of m transforms, each of k attributes, encode to; written without the codec. */
static size_t many(uint8_t *out, size_t room, unsigned n, unsigned m, unsigned k)
{
	unsigned transform = 8 + 4 * k, proposal = 16 + m * transform, all = 4 + n * proposal;
	wire_wr w = wire_writer(out, room);

	wire_put_u32(&w, 0x10010000 | all);
	for (unsigned i = 0; i < n; i++) {
		wire_put_u32(&w, 0x11000000 | proposal);
		wire_put_u32(&w, ((i + 1) << 24) | 0x320300 | m);
		wire_put_u64(&w, 0x0000025820000001);
		for (unsigned j = 0; j < m; j++) {
			wire_put_u32(&w, 0x12000000 | transform);
			wire_put_u32(&w, ((j + 1) << 24) | 0x1402);
			for (unsigned a = 0; a < k; a++)
				wire_put_u32(&w, 0x800e0080);
		}
	}
	assert_false(w.bad);
	return wire_len(&w);
}

TEST(as_much_as_the_arrays_hold_is_taken_and_one_more_is_not)
{
	static const struct {
		unsigned n, m, k;
		bool ok;
	} rows[] = {
		{ 8, 8, 8, true },  { 9, 1, 1, false }, { 1, 9, 1, false }, { 1, 1, 9, false },
		{ 8, 9, 0, false }, { 8, 8, 9, false }, { 0, 0, 0, true },  { 1, 0, 0, true },
	};
	static uint8_t b[8192];

	for (size_t i = 0; i < COUNT(rows); i++) {
		sa_payload p;
		size_t n = many(b, sizeof b, rows[i].n, rows[i].m, rows[i].k);
		uint8_t *exact = octets_exact(b, n);
		assert_int_equal(sa_payload_get((wire_bytes){ exact, n }, &p), rows[i].ok);
		free(exact);
	}
}

TEST(setting_an_attribute_replaces_or_appends_and_stops_when_full)
{
	sa_transform t = { .number = 1 };
	uint8_t storage[SA_MAX_ATTRIBUTES + 2][2];
	uint16_t v;

	sa_attr_set_u16(&t, SA_ATTR_GROUP, 19, storage[0]);
	sa_attr_set_u16(&t, SA_ATTR_GROUP, 31, storage[1]);
	assert_int_equal(t.n_attributes, 1);
	assert_true(sa_attr_u16(&t, SA_ATTR_GROUP, &v));
	assert_int_equal(v, 31);
	for (uint16_t i = 0; i < SA_MAX_ATTRIBUTES; i++)
		sa_attr_set_u16(&t, (uint16_t)(100 + i), i, storage[2 + i]);
	assert_int_equal(t.n_attributes, SA_MAX_ATTRIBUTES);
	assert_false(sa_attr_u16(&t, 100 + SA_MAX_ATTRIBUTES - 1, &v));
}

TEST(transform_carries_exactly_the_sub_type_and_number_it_was_given)
{
	static const uint8_t want[] = { 0x10, 0x04, 0x00, 0x1c, 0x11, 0x09, 0x00, 0x18, 0x03, 0x02,
					0x03, 0x01, 0x00, 0x00, 0x00, 0x3c, 0x2a, 0x00, 0x00, 0x09,
					0x12, 0x08, 0x00, 0x08, 0x05, 0x00, 0x1c, 0x02 };
	uint8_t b[64];
	sa_payload p = { .subtype = SA_CLIENT_MANAGER, .n_proposals = 1 };

	p.proposals[0] = (sa_proposal){ .subtype = 9,
					.number = 3,
					.protocol_number = 2,
					.protocol_id = SA_PROTO_ESP,
					.lifetime_s = 60,
					.spi = 0x2a000009,
					.n_transforms = 1 };
	p.proposals[0].transforms[0] =
		(sa_transform){ .subtype = 8, .number = 5, .id = 28, .n_keys = 2 };
	wire_wr w = wire_writer(b, sizeof b);
	sa_payload_put(&w, &p);
	assert_wrote(w, want);
}

TEST(an_empty_payload_of_another_type_is_refused)
{
	static const uint8_t other[] = { 0x11, 1, 0, 4 }, ours[] = { 0x10, 1, 0, 4 },
			     shorter[] = { 0x10, 1, 0, 3 };
	sa_payload p;

	assert_true(sa_payload_get(BYTES(ours), &p));
	assert_false(sa_payload_get(BYTES(other), &p));
	assert_false(sa_payload_get(BYTES(shorter), &p));
}

TEST(an_attribute_that_is_not_counted_is_not_there)
{
	sa_transform t = { .number = 1 };
	uint8_t storage[2][2];
	uint16_t v = 7;

	sa_attr_set_u16(&t, SA_ATTR_GROUP, 19, storage[0]);
	sa_attr_set_u16(&t, SA_ATTR_ESN, 1, storage[1]);
	t.n_attributes = 1;
	assert_false(sa_attr_u16(&t, SA_ATTR_ESN, &v));
	assert_int_equal(v, 7);
	t.n_attributes = 0;
	assert_false(sa_attr_u16(&t, SA_ATTR_GROUP, &v));
}

TEST(an_attribute_of_another_length_is_no_number)
{
	static const uint8_t octets[] = { 0, 0, 1 };
	sa_transform t = { .n_attributes = 1 };
	uint16_t v = 7;

	for (size_t n = 0; n <= sizeof octets; n++) {
		t.attributes[0] = (sa_attribute){ SA_ATTR_ESN, { octets, n } };
		assert_int_equal(sa_attr_u16(&t, SA_ATTR_ESN, &v), n == 2);
	}
}

RUN(T(offer_is_read_in_full), T(and_and_or_numbers_are_kept),
    T(attributes_of_both_lengths_are_read), T(offer_is_written_as_it_was_read),
    T(offer_cut_at_any_length_is_refused), T(lengths_that_lie_are_refused),
    T(attributes_longer_than_their_transform_are_refused), T(types_in_the_wrong_place_are_refused),
    T(number_of_transforms_must_be_the_true_one), T(octets_after_the_payload_are_refused),
    T(as_much_as_the_arrays_hold_is_taken_and_one_more_is_not),
    T(setting_an_attribute_replaces_or_appends_and_stops_when_full),
    T(transform_carries_exactly_the_sub_type_and_number_it_was_given),
    T(an_empty_payload_of_another_type_is_refused),
    T(an_attribute_that_is_not_counted_is_not_there),
    T(an_attribute_of_another_length_is_no_number))
