/* SPDX-License-Identifier: MIT */
/* Registration messages and the classification of datagrams (proto/mip.h). */
#include "octets.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"

/* RFC 5944 3.3, written by hand. */
/* clang-format off */
static const uint8_t request_octets[] = {
	0x01, 0x22, 0x02, 0x58,                         /* type, D and T, lifetime 600 */
	0x00, 0x00, 0x00, 0x00,                         /* home address */
	0xcb, 0x00, 0x71, 0x02,                         /* home agent 203.0.113.2 */
	0x0a, 0x01, 0x00, 0x02,                         /* care-of address 10.1.0.2 */
	0xe9, 0xf1, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, /* identification */
};
/* clang-format on */
/* RFC 5944 3.4. */
/* clang-format off */
static const uint8_t reply_octets[] = {
	0x03, 0x85, 0x01, 0x2c,                         /* type, code 133, lifetime 300 */
	0xc0, 0xa8, 0x32, 0x65,                         /* home address 192.168.50.101 */
	0xcb, 0x00, 0x71, 0x02,                         /* home agent */
	0xe9, 0xf1, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, /* identification */
};
/* clang-format on */
/* A whole request as a dissector sees it: decoded by Wireshark 4.0 without a malformed field. */
/* clang-format off */
static const uint8_t vector[] = {
	0x01, 0x22, 0x02, 0x58, 0x00, 0x00, 0x00, 0x00, 0xcb, 0x00, 0x71, 0x02, /* fixed part */
	0x0a, 0x01, 0x00, 0x02, 0xe9, 0xf1, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7,
	0x90, 0x06, 0x00, 0x00, 0x80, 0x32, 0x00, 0x00, /* UDP tunnel request: F, ESP */
	0x26, 0x00, 0x00, 0x16, 0x00, 0x00, 0x7e, 0xd9, 0x00, 0x14, /* vendor type 20: nonce */
	0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
	0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf,
	0x26, 0x00, 0x00, 0x14, 0x00, 0x00, 0x7e, 0xd9, 0x00, 0x01, /* vendor type 1: NAI, E, SPI */
	0x00, 0x80, 0x1a, 0x2b, 0x3c, 0x4d, 's', 'e', 'a', 'l', 'e', 'd', '.', '.',
	0x20, 0x14, 0x1a, 0x2b, 0x3c, 0x4d, /* mobile-home authentication */
	0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee,
	0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee,
};
/* clang-format on */

static mip_request example_request(void)
{
	return (mip_request){
		.flags = MIP_D | MIP_T,
		.lifetime_s = 600,
		.home_agent = ip4(203, 0, 113, 2),
		.care_of = ip4(10, 1, 0, 2),
		.identification = 0xe9f1a2b3c4d5e6f7,
	};
}

static mip_reply example_reply(void)
{
	return (mip_reply){
		.code = MIP_HA_IDENT_MISMATCH,
		.lifetime_s = 300,
		.home_address = ip4(192, 168, 50, 101),
		.home_agent = ip4(203, 0, 113, 2),
		.identification = 0xe9f1a2b3c4d5e6f7,
	};
}

TEST(request_is_written_as_the_rfc_draws_it)
{
	uint8_t b[64];
	wire_wr w = wire_writer(b, sizeof b);
	mip_request m = example_request();

	mip_request_put(&w, &m);
	assert_wrote(w, request_octets);
}

TEST(reply_is_written_as_the_rfc_draws_it)
{
	uint8_t b[64];
	wire_wr w = wire_writer(b, sizeof b);
	mip_reply m = example_reply();

	mip_reply_put(&w, &m);
	assert_wrote(w, reply_octets);
}

TEST(request_is_read_field_by_field)
{
	mip_request m, want = example_request();
	wire_rd r = wire_reader(request_octets, sizeof request_octets);
	ip_addr any = ip4(0, 0, 0, 0);

	assert_true(mip_request_get(&r, &m));
	assert_int_equal(m.flags, want.flags);
	assert_int_equal(m.lifetime_s, want.lifetime_s);
	assert_true(ip_equal(&m.home_address, &any));
	assert_true(ip_equal(&m.home_agent, &want.home_agent));
	assert_true(ip_equal(&m.care_of, &want.care_of));
	assert_true(m.identification == want.identification);
	assert_int_equal(m.extensions.n, 0);
}

TEST(reply_is_read_field_by_field)
{
	mip_reply m, want = example_reply();
	wire_rd r = wire_reader(reply_octets, sizeof reply_octets);

	assert_true(mip_reply_get(&r, &m));
	assert_int_equal(m.code, 133);
	assert_int_equal(m.lifetime_s, 300);
	assert_true(ip_equal(&m.home_address, &want.home_address));
	assert_true(ip_equal(&m.home_agent, &want.home_agent));
	assert_true(m.identification == want.identification);
}

TEST(fixed_parts_cut_at_any_length_are_refused)
{
	mip_request q;
	mip_reply p;

	for (size_t n = 0; n < MIP_REQUEST_LEN; n++) {
		uint8_t *cut = octets_exact(request_octets, n);
		wire_rd r = wire_reader(cut, n);
		assert_false(mip_request_get(&r, &q));
		free(cut);
	}
	for (size_t n = 0; n < MIP_REPLY_LEN; n++) {
		uint8_t *cut = octets_exact(reply_octets, n);
		wire_rd r = wire_reader(cut, n);
		assert_false(mip_reply_get(&r, &p));
		free(cut);
	}
}

TEST(one_message_is_not_taken_for_the_other)
{
	mip_request q;
	mip_reply p;
	wire_rd r = wire_reader(reply_octets, sizeof reply_octets);

	assert_false(mip_request_get(&r, &q));
	r = wire_reader(request_octets, sizeof request_octets);
	assert_false(mip_reply_get(&r, &p));
}

TEST(ipv6_does_not_fit_a_fixed_part)
{
	uint8_t b[64];
	wire_wr w = wire_writer(b, sizeof b);
	mip_request m = example_request();

	assert_true(ip_parse("2001:db8::1", &m.care_of));
	mip_request_put(&w, &m);
	assert_true(w.bad);
}

TEST(writing_into_too_little_room_fails_and_stays_inside)
{
	mip_request m = example_request();

	for (size_t room = 0; room < MIP_REQUEST_LEN; room++) {
		uint8_t *b = malloc(room);
		assert_non_null(b);
		wire_wr w = wire_writer(b, room);
		mip_request_put(&w, &m);
		assert_true(w.bad);
		free(b);
	}
}

TEST(known_request_reads_and_is_written_again_the_same)
{
	uint8_t b[sizeof vector];
	mip_request m;
	wire_rd r = wire_reader(vector, sizeof vector);

	assert_true(mip_request_get(&r, &m));
	assert_int_equal(m.extensions.n, sizeof vector - MIP_REQUEST_LEN);
	wire_wr w = wire_writer(b, sizeof b);
	mip_request_put(&w, &m);
	assert_wrote(w, vector);
}

TEST(known_request_holds_the_extensions_a_dissector_shows)
{
	static const struct {
		uint8_t type;
		uint16_t vendor_type;
		size_t at, body;
	} want[] = { { 144, 0, 24, 6 }, { 38, 20, 32, 16 }, { 38, 1, 58, 14 }, { 32, 0, 82, 20 } };
	wire_rd r = wire_reader(vector + MIP_REQUEST_LEN, sizeof vector - MIP_REQUEST_LEN);
	mip_ext x;

	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(mip_ext_next(&r, &x));
		assert_int_equal(x.type, want[i].type);
		assert_int_equal(x.vendor_type, want[i].vendor_type);
		assert_int_equal(x.at - vector, want[i].at);
		assert_int_equal(x.body.n, want[i].body);
	}
	assert_false(mip_ext_next(&r, &x));
	assert_false(r.bad);
}

TEST(datagrams_are_distinguished_by_their_first_octets)
{
	static const struct {
		uint8_t head[4];
		dgram_kind kind;
	} rows[] = {
		{ { 0, 0, 0, 0 }, DGRAM_IKE },
		{ { 1, 0, 0, 0 }, DGRAM_REQUEST },
		{ { 3, 0, 0, 0 }, DGRAM_REPLY },
		{ { 7, 0, 0, 0 }, DGRAM_REVOCATION },
		{ { 0x0f, 0, 0, 0 }, DGRAM_REVOCATION },
		{ { 0x10, 0, 0, 0 }, DGRAM_OWN },
		{ { 0x1f, 0xff, 0, 0 }, DGRAM_OWN },
		{ { 0x20, 0, 0, 0 }, DGRAM_ESP },
		{ { 0, 0, 0, 1 }, DGRAM_ESP },
		{ { 2, 0, 0, 0 }, DGRAM_ESP },
		{ { 0xff, 0xff, 0xff, 0xff }, DGRAM_ESP },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t b[64] = { 0 };
		memcpy(b, rows[i].head, 4);
		assert_int_equal(dgram_classify(b, sizeof b), rows[i].kind);
	}
	assert_int_equal(dgram_classify((const uint8_t[]){ 0xff }, 1), DGRAM_KEEPALIVE);
}

TEST(datagrams_shorter_than_they_claim_are_bad)
{
	static const struct {
		uint8_t first;
		size_t least;
	} rows[] = { { 1, 24 },   { 3, 20 },    { 7, 20 }, { 0x0f, 12 },
		     { 0x10, 8 }, { 0x20, 36 }, { 0, 32 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t n = 0; n <= rows[i].least; n++) {
			uint8_t head[64] = { rows[i].first };
			uint8_t *b = octets_exact(head, n);
			assert_int_equal(dgram_classify(b, n) == DGRAM_BAD, n < rows[i].least);
			free(b);
		}
	}
	assert_int_equal(dgram_classify((const uint8_t[]){ 0xfe }, 1), DGRAM_BAD);
}

TEST(reply_codes_have_the_words_of_the_rfc)
{
	assert_string_equal(mip_code_text(0), "registration accepted");
	assert_string_equal(mip_code_text(131), "mobile node failed authentication (home agent)");
	assert_string_equal(mip_code_text(133), "registration Identification mismatch");
	assert_string_equal(mip_code_text(200), "code not defined");
	assert_string_equal(mip_code_text(256), "code not defined");
}

TEST(any_other_type_is_neither_message)
{
	uint8_t q[sizeof request_octets], p[sizeof reply_octets];

	memcpy(q, request_octets, sizeof q);
	memcpy(p, reply_octets, sizeof p);
	for (unsigned type = 0; type < 256; type++) {
		mip_request request;
		mip_reply reply;
		q[0] = p[0] = (uint8_t)type;
		wire_rd r = wire_reader(q, sizeof q);
		assert_int_equal(mip_request_get(&r, &request), type == 1);
		r = wire_reader(p, sizeof p);
		assert_int_equal(mip_reply_get(&r, &reply), type == 3);
	}
}

TEST(every_first_octet_is_what_section_1_says)
{
	uint8_t b[64] = { 0 };

	for (unsigned first = 0; first < 256; first++) {
		b[0] = (uint8_t)first;
		dgram_kind want = first == 0                      ? DGRAM_IKE
				  : first == 1                    ? DGRAM_REQUEST
				  : first == 3                    ? DGRAM_REPLY
				  : first == 7 || first == 15     ? DGRAM_REVOCATION
				  : first >= 0x10 && first < 0x20 ? DGRAM_OWN
								  : DGRAM_ESP;
		assert_int_equal(dgram_classify(b, sizeof b), want);
	}
}

RUN(T(request_is_written_as_the_rfc_draws_it), T(reply_is_written_as_the_rfc_draws_it),
    T(request_is_read_field_by_field), T(reply_is_read_field_by_field),
    T(fixed_parts_cut_at_any_length_are_refused), T(one_message_is_not_taken_for_the_other),
    T(ipv6_does_not_fit_a_fixed_part), T(writing_into_too_little_room_fails_and_stays_inside),
    T(known_request_reads_and_is_written_again_the_same),
    T(known_request_holds_the_extensions_a_dissector_shows),
    T(datagrams_are_distinguished_by_their_first_octets),
    T(datagrams_shorter_than_they_claim_are_bad), T(reply_codes_have_the_words_of_the_rfc),
    T(any_other_type_is_neither_message), T(every_first_octet_is_what_section_1_says))
