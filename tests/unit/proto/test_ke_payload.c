/* SPDX-License-Identifier: MIT */
/* Key-exchange payloads, Figs 21-23 (proto/sa_payload.h). */
#include "octets.h"
#include "proto/sa_payload.h"

/* Fig. 21: type, sub-type, transform identification, payload length, data. */
static const uint8_t predefined[] = { 0x13, 0x01, 0x00, 0x1f, 0x00, 0x09, 0xd1, 0xd2, 0xd3 };
/* Fig. 22: type, sub-type, payload length, then prime, generator, computed value with lengths. */
/* clang-format off */
static const uint8_t user_group[] = { 0x13, 0x02, 0x00, 0x10, 0x00, 0x02, 0xfb, 0xef,
				      0x00, 0x01, 0x02, 0x00, 0x03, 0xe1, 0xe2, 0xe3 };
/* clang-format on */
/* Fig. 23: type, sub-type, payload length, SPI, encrypted key. */
static const uint8_t key_centre[] = { 0x13, 0x03, 0x00, 0x0a, 0x1a, 0x2b, 0x3c, 0x4d, 0xf1, 0xf2 };

TEST(predefined_group_is_read_and_written)
{
	uint8_t b[32];
	ke_payload k;

	assert_true(ke_payload_get(BYTES(predefined), &k));
	assert_int_equal(k.kind, KE_GROUP);
	assert_int_equal(k.group, DH_X25519);
	assert_bytes(k.value, ((const uint8_t[]){ 0xd1, 0xd2, 0xd3 }));
	wire_wr w = wire_writer(b, sizeof b);
	ke_payload_put(&w, &k);
	assert_wrote(w, predefined);
}

TEST(user_defined_group_is_read_and_written)
{
	uint8_t b[32];
	ke_payload k;

	assert_true(ke_payload_get(BYTES(user_group), &k));
	assert_int_equal(k.kind, KE_USER_GROUP);
	assert_bytes(k.prime, ((const uint8_t[]){ 0xfb, 0xef }));
	assert_bytes(k.generator, ((const uint8_t[]){ 0x02 }));
	assert_bytes(k.value, ((const uint8_t[]){ 0xe1, 0xe2, 0xe3 }));
	wire_wr w = wire_writer(b, sizeof b);
	ke_payload_put(&w, &k);
	assert_wrote(w, user_group);
}

TEST(key_from_the_centre_is_read_and_written)
{
	uint8_t b[32];
	ke_payload k;

	assert_true(ke_payload_get(BYTES(key_centre), &k));
	assert_int_equal(k.kind, KE_KEY_CENTRE);
	assert_int_equal(k.spi, 0x1a2b3c4d);
	assert_bytes(k.value, ((const uint8_t[]){ 0xf1, 0xf2 }));
	wire_wr w = wire_writer(b, sizeof b);
	ke_payload_put(&w, &k);
	assert_wrote(w, key_centre);
}

static void refused_at_every_cut(const uint8_t *p, size_t n)
{
	ke_payload k;

	for (size_t i = 0; i < n; i++) {
		uint8_t *cut = octets_exact(p, i);
		assert_false(ke_payload_get((wire_bytes){ cut, i }, &k));
		free(cut);
	}
}

TEST(payloads_cut_at_any_length_are_refused)
{
	refused_at_every_cut(predefined, sizeof predefined);
	refused_at_every_cut(user_group, sizeof user_group);
	refused_at_every_cut(key_centre, sizeof key_centre);
}

static void refused_with_any_other(const uint8_t *p, size_t n, size_t at)
{
	uint8_t b[32];
	ke_payload k;

	memcpy(b, p, n);
	for (unsigned v = 0; v < 256; v++) {
		b[at] = (uint8_t)v;
		if (v != p[at])
			assert_false(ke_payload_get((wire_bytes){ b, n }, &k));
	}
}

TEST(lengths_that_lie_are_refused)
{
	refused_with_any_other(predefined, sizeof predefined, 4);
	refused_with_any_other(predefined, sizeof predefined, 5);
	static const size_t at[] = { 2, 3, 4, 5, 8, 9, 11, 12 };
	for (size_t i = 0; i < COUNT(at); i++)
		refused_with_any_other(user_group, sizeof user_group, at[i]);
	refused_with_any_other(key_centre, sizeof key_centre, 3);
}

TEST(unknown_kinds_and_types_are_refused)
{
	uint8_t b[sizeof predefined];
	ke_payload k;

	memcpy(b, predefined, sizeof b);
	b[1] = 4;
	assert_false(ke_payload_get(BYTES(b), &k));
	b[1] = 0;
	assert_false(ke_payload_get(BYTES(b), &k));
	b[1] = 1;
	b[0] = 0x10;
	assert_false(ke_payload_get(BYTES(b), &k));
}

TEST(writing_into_too_little_room_fails)
{
	uint8_t b[sizeof user_group];
	ke_payload k;

	assert_true(ke_payload_get(BYTES(user_group), &k));
	for (size_t room = 0; room < sizeof user_group; room++) {
		wire_wr w = wire_writer(b, room);
		ke_payload_put(&w, &k);
		assert_true(w.bad);
	}
}

RUN(T(predefined_group_is_read_and_written), T(user_defined_group_is_read_and_written),
    T(key_from_the_centre_is_read_and_written), T(payloads_cut_at_any_length_are_refused),
    T(lengths_that_lie_are_refused), T(unknown_kinds_and_types_are_refused),
    T(writing_into_too_little_room_fails))
