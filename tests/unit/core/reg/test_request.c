/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/crypto/dh.h"
#include "core/reg/auth_ext.h"
#include "core/reg/request.h"
#include "core/reg/seal_ext.h"
#include <stdlib.h>

static const char identity[] = "alice@example.net";

typedef struct fixture {
	key0_set keys;
	reg_request q;
	uint8_t msg[MIP_MAX_MESSAGE];
	size_t n;
} fixture;

static dh *ephemeral(uint16_t group)
{
	err e;
	dh *d = dh_new(group, &e);

	assert_non_null(d);
	return d;
}

static void fill(fixture *f)
{
	uint8_t key0[KEY0_LEN] = { 7 };

	memset(f, 0, sizeof *f);
	assert_true(key0_set_derive(key0, &f->keys));
	f->q = (reg_request){ .flags = MIP_D | MIP_T,
			      .lifetime_s = 600,
			      .home_agent = ip4(203, 0, 113, 2),
			      .care_of = ip4(10, 1, 0, 2),
			      .identification = 0x1122334455667788,
			      .pseudonym = 0x2a2b3c4d,
			      .home4 = ip4(192, 168, 50, 101),
			      .mac = { 2, 0, 0, 0, 0, 9 },
			      .has_mac = true,
			      .udp_tunnel = true };
	strcpy(f->q.nai, identity);
}

static void build(fixture *f)
{
	f->n = reg_request_build(&f->keys, &f->q, f->msg);
	assert_true(f->n > 0);
}

static bool contains(const fixture *f, const void *what, size_t n)
{
	return memmem(f->msg, f->n, what, n) != NULL;
}

static bool open_request(fixture *f, reg_request *got)
{
	reg_scan s;

	return reg_scan_message(f->msg, f->n, &s) && reg_verify_mobile_home(&s, &f->keys) &&
	       reg_request_open(&s, &f->keys, got);
}

TEST(a_request_is_understood_as_it_was_meant)
{
	static fixture f;
	static reg_request got;
	sa_policy p = sa_policy_default();
	dh *d = ephemeral(DH_X25519);
	sa_choice c;

	fill(&f);
	f.q.sa.present = true;
	sa_make_offer(&p, DH_X25519, 0x31000001, &f.q.sa.sa);
	f.q.sa.ke_group = DH_X25519;
	f.q.sa.ke_value = dh_public(d);
	memset(f.q.sa.nonce, 0x5a, NONCE_LEN);
	build(&f);
	assert_true(open_request(&f, &got));
	assert_string_equal(got.nai, identity);
	assert_true(ip_equal(&got.home4, &f.q.home4));
	assert_true(ip_equal(&got.care_of, &f.q.care_of));
	assert_int_equal(got.home6.len, 0);
	assert_int_equal(got.pseudonym, f.q.pseudonym);
	assert_int_equal(got.lifetime_s, 600);
	assert_int_equal(got.flags, MIP_D | MIP_T);
	assert_true(got.identification == f.q.identification);
	assert_true(got.has_mac && got.udp_tunnel && !got.home_link && got.sa.present);
	assert_memory_equal(got.mac, f.q.mac, MAC_LEN);
	assert_memory_equal(got.sa.nonce, f.q.sa.nonce, NONCE_LEN);
	assert_memory_equal(got.sa.ke_value.p, dh_public(d).p, 32);
	assert_int_equal(sa_choose(&p, &got.sa.payload, got.sa.ke_group, &c), SA_CHOSEN);
	dh_free(d);
}

TEST(neither_identity_nor_home_nor_layer_2_address_can_be_seen)
{
	static fixture f;

	fill(&f);
	build(&f);
	assert_false(contains(&f, "alice", 5));
	assert_false(contains(&f, "example", 7));
	assert_false(contains(&f, f.q.home4.b, 4));
	assert_false(contains(&f, f.q.mac, MAC_LEN));
	assert_false(contains(&f, f.keys.key0, KEY0_LEN));
}

TEST(the_largest_request_fits_1200_octets)
{
	static fixture f;
	sa_policy p = sa_policy_default();
	dh *d = ephemeral(DH_MODP2048);

	fill(&f);
	memset(f.q.nai, 'n', NAI_MAX);
	f.q.home6 = f.q.care_of = ip_from_bytes((const uint8_t *)"0123456789abcdef", 16);
	f.q.sa.present = true;
	sa_make_offer(&p, DH_MODP2048, 0x31000001, &f.q.sa.sa);
	f.q.sa.ke_group = DH_MODP2048;
	f.q.sa.ke_value = dh_public(d);
	build(&f);
	assert_in_range(f.n, 600, MIP_MAX_MESSAGE);
	dh_free(d);
}

/* Who sends two names has one: the last. */
TEST(of_two_names_the_last_counts)
{
	static fixture f;
	static reg_request got;
	const mip_request q = { .lifetime_s = 600,
				.home_address = ip4(0, 0, 0, 0),
				.home_agent = ip4(0, 0, 0, 0),
				.care_of = ip4(0, 0, 0, 0) };
	const wire_bytes names[] = { { (const uint8_t *)"alice@example.net", 17 },
				     { (const uint8_t *)"bob", 3 } };

	fill(&f);
	wire_wr w = wire_writer(f.msg, sizeof f.msg);
	mip_request_put(&w, &q);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(seal_ext_put(&w, MIP_REQUEST_LEN, f.keys.request_seal,
					 VENDOR_GENERAL_NAI, NAI_MOBILE_NODE, 7, names[i]));
	f.n = reg_auth_finish(&w, &f.keys, 7);
	assert_true(f.n > 0 && open_request(&f, &got));
	assert_string_equal(got.nai, "bob");
}

TEST(any_flipped_bit_is_noticed)
{
	static fixture f;
	static reg_request got;

	fill(&f);
	build(&f);
	for (size_t bit = 0; bit < f.n * 8; bit++) {
		f.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
		bool before_auth = bit / 8 < f.n - AUTH_LEN - 6;
		if (before_auth || bit / 8 >= f.n - AUTH_LEN)
			assert_false(open_request(&f, &got));
		f.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(open_request(&f, &got));
}

TEST(a_truncated_request_is_never_understood)
{
	static fixture f;
	static reg_request got;

	fill(&f);
	build(&f);
	size_t whole = f.n;
	for (f.n = 0; f.n < whole; f.n++) {
		uint8_t *exact = malloc(f.n ? f.n : 1); /* so that a read beyond is seen */
		reg_scan s;
		memcpy(exact, f.msg, f.n);
		assert_false(reg_scan_message(exact, f.n, &s) &&
			     reg_verify_mobile_home(&s, &f.keys) &&
			     reg_request_open(&s, &f.keys, &got));
		free(exact);
	}
}

TEST(an_encrypted_extension_cannot_move_to_another_message)
{
	static fixture a, b;
	static reg_request got;
	reg_scan s;

	fill(&a);
	build(&a);
	b = a;
	b.msg[19] ^= 1; /* another identification; the authenticator made good by someone who holds
			   KEY0 */
	assert_true(reg_scan_message(b.msg, b.n, &s));
	assert_true(auth_compute(AUTH_HMAC_SHA256_128, b.keys.key0, KEY0_LEN, s.mobile_home.covered,
				 b.msg + b.n - AUTH_LEN));
	assert_true(reg_scan_message(b.msg, b.n, &s) && reg_verify_mobile_home(&s, &b.keys));
	assert_false(reg_request_open(&s, &b.keys, &got));
}

TEST(what_follows_the_authentication_is_not_believed)
{
	static fixture f;
	static reg_request got;

	fill(&f);
	build(&f);
	wire_wr w = wire_writer(f.msg + f.n, sizeof f.msg - f.n);
	mip_vendor_close(&w, mip_vendor_open(&w, VENDOR_HOME_LINK));
	f.n += wire_len(&w);
	assert_true(open_request(&f, &got));
	assert_false(got.home_link);
}

TEST(parts_of_a_negotiation_without_the_rest_are_malformed)
{
	static fixture f;
	static reg_request got;
	reg_scan s;

	fill(&f);
	wire_wr w = wire_writer(f.msg, sizeof f.msg);
	mip_request q = { .lifetime_s = 600,
			  .home_address = ip4(0, 0, 0, 0),
			  .home_agent = ip4(0, 0, 0, 0),
			  .care_of = ip4(0, 0, 0, 0) };
	mip_request_put(&w, &q);
	size_t mark = mip_vendor_open(&w, VENDOR_NONCE);
	wire_put(&w, f.keys.key0, NONCE_LEN);
	mip_vendor_close(&w, mark);
	uint8_t *tag = mip_auth_ext_put(&w, MIP_EXT_MOBILE_HOME, f.q.pseudonym, AUTH_LEN);
	assert_true(auth_compute(AUTH_HMAC_SHA256_128, f.keys.key0, KEY0_LEN,
				 (wire_bytes){ f.msg, (size_t)(tag - f.msg) }, tag));
	assert_true(reg_scan_message(f.msg, wire_len(&w), &s) &&
		    reg_verify_mobile_home(&s, &f.keys));
	assert_false(reg_request_open(&s, &f.keys, &got));
}

TEST(a_request_reflected_is_no_reply_and_a_reply_no_request)
{
	static fixture f;
	reg_scan s;

	fill(&f);
	build(&f);
	assert_true(reg_scan_message(f.msg, f.n, &s));
	assert_false(s.is_reply);
	f.msg[0] = 3; /* relabelled: authenticator and sealing keys both say no */
	assert_false(reg_scan_message(f.msg, f.n, &s) && reg_verify_mobile_home(&s, &f.keys));
}

/* It would be another name to whoever takes it for a string. */
TEST(a_name_with_a_zero_in_it_or_none_at_all_is_refused)
{
	static const uint8_t octets[] = "bob\0example";
	const wire_bytes names[] = { { octets, 3 }, { octets, 4 }, { octets, 11 }, { octets, 0 } };
	const mip_request q = { .home_address = ip4(0, 0, 0, 0),
				.home_agent = ip4(0, 0, 0, 0),
				.care_of = ip4(0, 0, 0, 0) };
	static fixture f;
	static reg_request got;

	fill(&f);
	for (size_t i = 0; i < COUNT(names); i++) {
		wire_wr w = wire_writer(f.msg, sizeof f.msg);
		mip_request_put(&w, &q);
		assert_true(seal_ext_put(&w, MIP_REQUEST_LEN, f.keys.request_seal,
					 VENDOR_GENERAL_NAI, NAI_MOBILE_NODE, 7, names[i]));
		f.n = reg_auth_finish(&w, &f.keys, 7);
		assert_true(f.n > 0);
		assert_int_equal(open_request(&f, &got), i == 0);
	}
}

RUN(T(a_name_with_a_zero_in_it_or_none_at_all_is_refused),
    T(a_request_is_understood_as_it_was_meant),
    T(neither_identity_nor_home_nor_layer_2_address_can_be_seen),
    T(the_largest_request_fits_1200_octets), T(of_two_names_the_last_counts),
    T(any_flipped_bit_is_noticed), T(a_truncated_request_is_never_understood),
    T(an_encrypted_extension_cannot_move_to_another_message),
    T(what_follows_the_authentication_is_not_believed),
    T(parts_of_a_negotiation_without_the_rest_are_malformed),
    T(a_request_reflected_is_no_reply_and_a_reply_no_request))
