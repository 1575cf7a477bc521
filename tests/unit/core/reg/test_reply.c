/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "core/reg/auth_ext.h"
#include "core/reg/reply.h"
#include "core/reg/seal_ext.h"

typedef struct fixture {
	key0_set keys;
	reg_reply r;
	uint8_t msg[MIP_MAX_MESSAGE];
	size_t n;
} fixture;

static void fill(fixture *f)
{
	uint8_t key0[KEY0_LEN] = { 7 };

	memset(f, 0, sizeof *f);
	assert_true(key0_set_derive(key0, &f->keys));
}

static bool contains(const fixture *f, const void *what, size_t n)
{
	return memmem(f->msg, f->n, what, n) != NULL;
}

/* Builds it and reads it again. */
static bool pass(fixture *f, reg_reply *got)
{
	reg_scan s;

	f->n = reg_reply_build(&f->keys, &f->r, f->msg);
	return f->n > 0 && reg_scan_message(f->msg, f->n, &s) && s.is_reply &&
	       !s.unknown_critical && reg_verify_mobile_home(&s, &f->keys) &&
	       reg_reply_open(&s, &f->keys, got);
}

TEST(a_reply_is_understood_as_it_was_meant_and_shows_nothing)
{
	static fixture f;
	static reg_reply got;

	fill(&f);
	f.r = (reg_reply){ .lifetime_s = 500,
			   .home_agent = ip4(203, 0, 113, 2),
			   .identification = 5,
			   .pseudonym = 0x2a2b3c4d,
			   .next_pseudonym = 0x3badcafe,
			   .home4 = ip4(192, 168, 50, 101),
			   .home_lan = ip4(192, 168, 50, 2),
			   .udp_tunnel = true,
			   .keepalive_s = 25 };
	assert_true(ip_parse("2001:db8::65", &f.r.home6));
	assert_true(prefix_parse("192.168.50.0/24", &f.r.network4));
	assert_true(prefix_parse("2001:db8::/64", &f.r.network6));
	assert_true(endpoint_parse("198.51.100.7:4711", 0, &f.r.observed));
	assert_true(pass(&f, &got));
	assert_int_equal(got.code, MIP_ACCEPTED);
	assert_int_equal(got.lifetime_s, 500);
	assert_int_equal(got.identification, 5);
	assert_int_equal(got.pseudonym, 0x2a2b3c4d);
	assert_int_equal(got.next_pseudonym, 0x3badcafe);
	assert_true(ip_equal(&got.home_agent, &f.r.home_agent));
	assert_true(ip_equal(&got.home4, &f.r.home4) && ip_equal(&got.home6, &f.r.home6));
	assert_true(ip_equal(&got.home_lan, &f.r.home_lan));
	assert_true(endpoint_equal(&got.observed, &f.r.observed));
	assert_int_equal(got.network4.bits, 24);
	assert_true(ip_equal(&got.network4.addr, &f.r.network4.addr));
	assert_int_equal(got.network6.bits, 64);
	assert_true(ip_equal(&got.network6.addr, &f.r.network6.addr));
	assert_true(got.udp_tunnel);
	assert_int_equal(got.keepalive_s, 25);
	assert_int_equal(got.notify.reason, NOTIFY_NONE);
	assert_int_equal(got.key3.spi, 0);
	assert_int_equal(got.n_relays, 0);
	assert_false(got.sa.present);
	assert_false(contains(&f, f.r.home4.b, 4));
	assert_false(contains(&f, "\x3b\xad\xca\xfe", 4));
}

TEST(a_refusal_carries_its_reason)
{
	static fixture f;
	static reg_reply got;

	fill(&f);
	f.r = (reg_reply){ .code = MIP_HA_PROHIBITED,
			   .pseudonym = 0x2a2b3c4d,
			   .notify = { NOTIFY_WRONG_GROUP, 19 } };
	assert_true(pass(&f, &got));
	assert_int_equal(got.code, MIP_HA_PROHIBITED);
	assert_int_equal(got.notify.reason, NOTIFY_WRONG_GROUP);
	assert_int_equal(got.notify.data, 19);
	assert_int_equal(got.next_pseudonym, 0);
	assert_false(got.udp_tunnel);
}

TEST(a_grant_of_an_association_is_understood_as_it_was_meant)
{
	static fixture f;
	static reg_reply got;
	const uint8_t value[32] = { 1, 2, 3 };
	const sa_choice chosen = { .proposal_number = 1,
				   .transform_number = 2,
				   .cipher = ESP_AES_256_GCM,
				   .group = DH_X25519,
				   .lifetime_s = 3600 };

	fill(&f);
	f.r = (reg_reply){ .pseudonym = 0x2a2b3c4d };
	f.r.sa.present = true;
	sa_make_answer(&chosen, 0x31000001, &f.r.sa.sa);
	f.r.sa.ke_group = DH_X25519;
	f.r.sa.ke_value = (wire_bytes){ value, sizeof value };
	memset(f.r.sa.nonce, 0x5a, NONCE_LEN);
	assert_true(pass(&f, &got));
	assert_true(got.sa.present);
	assert_int_equal(got.sa.ke_group, DH_X25519);
	assert_int_equal(got.sa.ke_value.n, sizeof value);
	assert_memory_equal(got.sa.ke_value.p, value, sizeof value);
	assert_memory_equal(got.sa.nonce, f.r.sa.nonce, NONCE_LEN);
	assert_int_equal(got.sa.payload.proposals[0].spi, 0x31000001);
}

/* An extension that home never writes, sealed by who holds KEY0. */
static bool opens(uint16_t vendor_type, uint8_t content, const void *data, size_t n)
{
	static reg_reply got;
	key0_set k;
	const uint8_t key0[KEY0_LEN] = { 7 };
	uint8_t msg[MIP_MAX_MESSAGE];
	wire_wr w = wire_writer(msg, sizeof msg);
	reg_scan s;

	assert_true(key0_set_derive(key0, &k));
	mip_reply_put(
		&w, &(mip_reply){ .home_address = ip4(0, 0, 0, 0), .home_agent = ip4(0, 0, 0, 0) });
	assert_true(seal_ext_put(&w, MIP_REPLY_LEN, k.reply_seal, vendor_type, content, 7,
				 (wire_bytes){ data, n }));
	n = reg_auth_finish(&w, &k, 7);
	assert_true(n > 0 && reg_scan_message(msg, n, &s) && reg_verify_mobile_home(&s, &k));
	return reg_reply_open(&s, &k, &got);
}

TEST(addresses_and_networks_of_wrong_lengths_are_malformed)
{
	static const uint8_t z[32] = { 0 };

	const struct {
		uint8_t content;
		size_t good[2], bad[4];
	} cases[] = {
		{ IP_MOBILE_OR_HOME, { 4, 16 }, { 0, 3, 5, 17 } },
		{ IP_HOME_AGENT_LAN, { 4, 16 }, { 0, 3, 5, 17 } },
		{ IP_HOME_NETWORK, { 5, 17 }, { 0, 1, 4, 18 } },
		{ IP_OBSERVED, { 6, 18 }, { 0, 1, 2, 5 } },
		{ IP_RELAY, { 3, 3 }, { 0, 1, 2, 4 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t k = 0; k < COUNT(cases[i].good); k++)
			if (!opens(VENDOR_GENERAL_IP, cases[i].content, z, cases[i].good[k]))
				fail_msg("content %u, length %zu", cases[i].content,
					 cases[i].good[k]);
		for (size_t k = 0; k < COUNT(cases[i].bad); k++)
			if (opens(VENDOR_GENERAL_IP, cases[i].content, z, cases[i].bad[k]))
				fail_msg("content %u, length %zu", cases[i].content,
					 cases[i].bad[k]);
	}
	assert_true(opens(VENDOR_GENERAL_IP, 99, z, 1)); /* of a kind that is not known */
}

TEST(a_network_has_no_more_bits_than_its_address)
{
	assert_true(opens(VENDOR_GENERAL_IP, IP_HOME_NETWORK, "\x20\x0a\0\0\x01", 5));
	assert_false(opens(VENDOR_GENERAL_IP, IP_HOME_NETWORK, "\x21\x0a\0\0\x01", 5));
}

TEST(a_refusal_of_a_stranger_is_20_octets_and_matches_the_question)
{
	const mip_request q = { .home_agent = ip4(203, 0, 113, 2),
				.identification = 0x1122334455667788 };
	mip_reply r;
	uint8_t out[MIP_REPLY_LEN];

	assert_int_equal(reg_refusal_build(&q, MIP_HA_MN_FAILED_AUTH, out), MIP_REPLY_LEN);
	wire_rd rd = wire_reader(out, sizeof out);
	assert_true(mip_reply_get(&rd, &r));
	assert_int_equal(r.code, MIP_HA_MN_FAILED_AUTH);
	assert_int_equal(r.lifetime_s, 0);
	assert_true(ip_equal(&r.home_agent, &q.home_agent));
	assert_true(r.identification == q.identification);
}

RUN(T(a_reply_is_understood_as_it_was_meant_and_shows_nothing), T(a_refusal_carries_its_reason),
    T(a_grant_of_an_association_is_understood_as_it_was_meant),
    T(addresses_and_networks_of_wrong_lengths_are_malformed),
    T(a_network_has_no_more_bits_than_its_address),
    T(a_refusal_of_a_stranger_is_20_octets_and_matches_the_question))
