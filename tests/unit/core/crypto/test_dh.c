/* SPDX-License-Identifier: MIT */
/* Diffie-Hellman (core/crypto/dh.h): both ends agree, and what a peer must not send is refused. */
#include "unit.h"
#include "core/crypto/dh.h"
#include "proto/sa_payload.h"

TEST(both_ends_of_every_group_agree_and_lengths_are_those_of_ikev2)
{
	static const struct {
		uint16_t group;
		size_t value, secret;
	} want[] = { { DH_X25519, 32, 32 },
		     { DH_P256, 64, 32 },
		     { DH_P384, 96, 48 },
		     { DH_MODP2048, 256, 256 } };
	err e;

	for (size_t i = 0; i < COUNT(want); i++) {
		dh *a = dh_new(want[i].group, &e), *b = dh_new(want[i].group, &e);
		uint8_t ka[DH_MAX_VALUE], kb[DH_MAX_VALUE];
		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(dh_public(a).n, want[i].value);
		assert_int_equal(dh_shared(a, dh_public(b), ka, &e), want[i].secret);
		assert_int_equal(dh_shared(b, dh_public(a), kb, &e), want[i].secret);
		assert_memory_equal(ka, kb, want[i].secret);
		dh_free(a);
		dh_free(b);
	}
}

/* RFC 6989: a value out of range, off the curve or of small order must not reach the derivation. */
TEST(degenerate_peer_values_are_refused)
{
	uint8_t value[DH_MAX_VALUE], out[DH_MAX_VALUE];
	static const uint16_t groups[] = { DH_X25519, DH_P256, DH_P384, DH_MODP2048 };
	err e;

	for (size_t i = 0; i < COUNT(groups); i++) {
		dh *d = dh_new(groups[i], &e);
		size_t n = dh_public(d).n;
		memset(value, 0, sizeof value); /* 0 */
		assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		value[groups[i] == DH_X25519 ? 0 : n - 1] = 1; /* 1 */
		assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		assert_int_equal(dh_shared(d, (wire_bytes){ dh_public(d).p, n - 1 }, out, &e), 0);
		if (groups[i] != DH_X25519) { /* above p, or no point; X25519 reduces any value */
			memset(value, 0xff, sizeof value);
			assert_int_equal(dh_shared(d, (wire_bytes){ value, n }, out, &e), 0);
		}
		assert_int_equal(e.kind, ERR_PEER);
		dh_free(d);
	}
}

TEST(groups_one_and_two_and_unknown_ones_are_not_offered)
{
	err e;

	assert_null(dh_new(DH_MODP768, &e));
	assert_null(dh_new(DH_MODP1024, &e));
	assert_null(dh_new(12345, &e));
	assert_int_equal(e.kind, ERR_CRYPTO);
}

TEST(groups_have_the_names_of_the_configuration)
{
	static const struct {
		const char *name;
		uint16_t group;
	} known[] = { { "x25519", 31 }, { "p256", 19 }, { "p384", 20 }, { "modp2048", 14 } };
	uint16_t group;

	for (size_t i = 0; i < COUNT(known); i++) {
		assert_true(dh_group_parse(known[i].name, &group));
		assert_int_equal(group, known[i].group);
	}
	group = 7;
	assert_false(dh_group_parse("modp1024", &group));
	assert_false(dh_group_parse("", &group));
	assert_false(dh_group_parse("X25519", &group));
	assert_int_equal(group, 7);
}

TEST(every_pair_is_new_and_of_its_group)
{
	err e;
	dh *a = dh_new(DH_P256, &e), *b = dh_new(DH_P256, &e);

	assert_int_equal(dh_group(a), DH_P256);
	assert_memory_not_equal(dh_public(a).p, dh_public(b).p, 64);
	dh_free(a);
	dh_free(b);
	dh_free(NULL);
}

RUN(T(both_ends_of_every_group_agree_and_lengths_are_those_of_ikev2),
    T(degenerate_peer_values_are_refused), T(groups_one_and_two_and_unknown_ones_are_not_offered),
    T(groups_have_the_names_of_the_configuration), T(every_pair_is_new_and_of_its_group))
