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
		assert_non_null(strstr(e.text, "not acceptable"));
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

/* The prime of RFC 3526 3, group 14. */
static const char prime[] = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
			    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
			    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
			    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
			    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
			    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
			    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
			    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF";

/* RFC 6989 2.1. */
TEST(values_from_p_minus_one_on_are_refused)
{
	uint8_t value[256], out[DH_MAX_VALUE];
	err e;
	dh *d = dh_new(DH_MODP2048, &e);

	assert_true(hex_decode(prime, value, sizeof value));
	assert_int_equal(dh_shared(d, (wire_bytes){ value, sizeof value }, out, &e), 0);
	value[255]--; /* of order 2: whatever the key, the secret would be 1 or itself */
	assert_int_equal(dh_shared(d, (wire_bytes){ value, sizeof value }, out, &e), 0);
	memset(value, 0, sizeof value);
	value[255] = 2;
	assert_int_equal(dh_shared(d, (wire_bytes){ value, sizeof value }, out, &e), 256);
	dh_free(d);
}

/* RFC 7296 2.14: leading zeros are kept; one secret of 256 begins with one. */
TEST(secrets_keep_their_leading_zeros)
{
	err e;
	dh *d = dh_new(DH_MODP2048, &e);
	uint8_t value[256] = { 0 }, out[DH_MAX_VALUE];

	for (uint32_t i = 2; i < 1500; i++) {
		store_be32(value + 252, i * i); /* squares are of the group's order */
		assert_int_equal(dh_shared(d, (wire_bytes){ value, sizeof value }, out, &e), 256);
	}
	dh_free(d);
}

RUN(T(both_ends_of_every_group_agree_and_lengths_are_those_of_ikev2),
    T(degenerate_peer_values_are_refused), T(groups_one_and_two_and_unknown_ones_are_not_offered),
    T(groups_have_the_names_of_the_configuration), T(every_pair_is_new_and_of_its_group),
    T(values_from_p_minus_one_on_are_refused), T(secrets_keep_their_leading_zeros))
