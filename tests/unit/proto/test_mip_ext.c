/* SPDX-License-Identifier: MIT */
/* The walk over extensions and the standard extensions (proto/mip_ext.h). */
#include "octets.h"
#include "proto/mip_ext.h"

/* One of each shape. */
/* clang-format off */
static const uint8_t several[] = {
	0x00,                                           /* padding */
	0x90, 0x02, 0xaa, 0xbb,                         /* 144, short */
	0x00, 0x00,                                     /* padding */
	0x26, 0x00, 0x00, 0x08, 0x00, 0x00, 0x7e, 0xd9, /* 38, ours */
	0x00, 0x15, 0x01, 0x02,
	0x26, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x09, /* 38, of vendor 9 */
	0x00, 0x15, 0xcc,
	0x86, 0x09, 0x00, 0x00, 0x00, 0x00, 0x7e, 0xd9, /* 134, ours */
	0x12, 0x34, 0xdd,
	0x24, 0x01, 0x00, 0x05, 0x00, 0x00, 0x00, 0x02, 0xee, /* 36, long */
	0x7f, 0x01, 0xff,                               /* 127, nobody's */
	0x80, 0x00,                                     /* 128, nobody's */
};
/* clang-format on */

TEST(walk_gives_every_extension_in_order)
{
	static const struct {
		uint8_t type, subtype;
		uint16_t vendor_type;
		bool critical;
		size_t at, body;
	} want[] = {
		{ 144, 0, 0, false, 1, 2 },  { 38, 0, 0x15, true, 7, 2 },
		{ 38, 0, 0, true, 19, 7 },   { 134, 0, 0x1234, false, 30, 1 },
		{ 36, 1, 0, true, 41, 5 },   { 127, 0, 0, true, 50, 1 },
		{ 128, 0, 0, false, 53, 0 },
	};
	wire_rd r = wire_reader(several, sizeof several);
	mip_ext x;

	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(mip_ext_next(&r, &x));
		assert_int_equal(x.type, want[i].type);
		assert_int_equal(x.subtype, want[i].subtype);
		assert_int_equal(x.vendor_type, want[i].vendor_type);
		assert_int_equal(x.critical, want[i].critical);
		assert_int_equal(x.at - several, want[i].at);
		assert_int_equal(x.body.n, want[i].body);
	}
	assert_false(mip_ext_next(&r, &x));
	assert_false(r.bad);
}

TEST(another_vendors_extension_starts_at_its_vendor_id)
{
	wire_rd r = wire_reader(several + 19, 11);
	mip_ext x;

	assert_true(mip_ext_next(&r, &x));
	assert_int_equal(x.vendor_type, 0);
	assert_bytes(x.body, ((const uint8_t[]){ 0, 0, 0, 9, 0, 0x15, 0xcc }));
}

TEST(unknown_extensions_are_critical_below_128)
{
	for (unsigned type = 1; type < 256; type++) {
		const uint8_t b[] = { (uint8_t)type, 0, 0, 0, 0, 0, 0, 0 };
		wire_rd r = wire_reader(b, sizeof b);
		mip_ext x;
		if (mip_ext_next(&r, &x))
			assert_int_equal(x.critical, type < 128);
		else
			assert_true(type == 38 || type == 134); /* no room for a vendor */
	}
}

static size_t count_extensions(const uint8_t *p, size_t n, bool *bad)
{
	uint8_t *cut = octets_exact(p, n);
	wire_rd r = wire_reader(cut, n);
	mip_ext x;
	size_t count = 0;

	while (mip_ext_next(&r, &x))
		count++;
	*bad = r.bad;
	free(cut);
	return count;
}

TEST(walk_cut_inside_an_extension_is_bad_and_between_two_is_not)
{
	static const size_t ends[] = { 0, 1, 5, 6, 7, 19, 30, 41, 50, 53, 55 };

	for (size_t n = 0; n <= sizeof several; n++) {
		bool bad, between = false;
		count_extensions(several, n, &bad);
		for (size_t i = 0; i < COUNT(ends); i++)
			between |= ends[i] == n;
		assert_int_equal(bad, !between);
	}
}

TEST(lengths_that_lie_are_bad)
{
	static const uint8_t rows[][8] = {
		{ 0x20, 0x07, 0, 0, 0, 1, 2, 3 },             /* short: one more than there is */
		{ 0x26, 0x00, 0x00, 0x05, 0, 0, 0x7e, 0xd9 }, /* vendor: too short for its header */
		{ 0x26, 0x00, 0xff, 0xff, 0, 0, 0x7e, 0xd9 }, /* vendor: far beyond */
		{ 0x86, 0x06, 0, 0, 0, 0, 0x7e, 0xd9 },       /* normal vendor: no vendor type */
		{ 0x24, 0x01, 0x00, 0x05, 0, 0, 0, 0 },       /* long: one more than there is */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool bad;
		assert_int_equal(count_extensions(rows[i], sizeof rows[i], &bad), 0);
		assert_true(bad);
	}
}

TEST(vendor_length_counts_from_the_vendor_id)
{
	static const uint8_t want[] = { 0x26, 0x00, 0x00, 0x07, 0x00, 0x00,
					0x7e, 0xd9, 0x00, 0x14, 0xab };
	uint8_t b[32];
	wire_wr w = wire_writer(b, sizeof b);
	size_t mark = mip_vendor_open(&w, VENDOR_NONCE);

	wire_put_u8(&w, 0xab);
	mip_vendor_close(&w, mark);
	assert_wrote(w, want);
}

TEST(authentication_extension_is_written_up_to_its_authenticator)
{
	static const uint8_t want[] = { 0x20, 0x08, 0x1a, 0x2b, 0x3c, 0x4d, 1, 2, 3, 4 };
	uint8_t b[32];
	wire_wr w = wire_writer(b, sizeof b);
	uint8_t *tag = mip_auth_ext_put(&w, MIP_EXT_MOBILE_HOME, 0x1a2b3c4d, 4);

	assert_ptr_equal(tag, b + 6);
	memcpy(tag, want + 6, 4);
	assert_wrote(w, want);
}

TEST(generalized_authentication_has_the_long_header)
{
	static const uint8_t want[] = { 0x24, 0x01, 0x00, 0x06, 0, 0, 0, 2, 0xaa, 0xbb };
	uint8_t b[32];
	wire_wr w = wire_writer(b, sizeof b);
	uint8_t *tag = mip_auth_ext_put(&w, MIP_EXT_GENERALIZED_AUTH, 2, 2);

	assert_non_null(tag);
	memcpy(tag, want + 8, 2);
	assert_wrote(w, want);
}

TEST(authentication_extension_without_room_gives_no_place)
{
	uint8_t b[300];

	for (size_t room = 0; room < 22; room++) {
		wire_wr w = wire_writer(b, room);
		assert_null(mip_auth_ext_put(&w, MIP_EXT_MOBILE_HOME, 1, 16));
		assert_true(w.bad);
	}
	wire_wr w = wire_writer(b, sizeof b);
	assert_null(mip_auth_ext_put(&w, MIP_EXT_MOBILE_HOME, 1, 252));
	assert_true(w.bad);
}

TEST(authentication_body_needs_spi_and_authenticator)
{
	static const uint8_t body[] = { 0x1a, 0x2b, 0x3c, 0x4d, 9 };
	mip_auth_ext a;

	for (size_t n = 0; n < sizeof body; n++)
		assert_false(mip_auth_ext_get((wire_bytes){ body, n }, &a));
	assert_true(mip_auth_ext_get(BYTES(body), &a));
	assert_int_equal(a.spi, 0x1a2b3c4d);
	assert_bytes(a.authenticator, ((const uint8_t[]){ 9 }));
}

TEST(udp_tunnel_request_is_as_rfc_3519_draws_it)
{
	static const uint8_t want[] = { 0x90, 0x06, 0x00, 0x00, 0xc0, 0x32, 0x00, 0x00 };
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);
	mip_udp_request m = { .force = true, .registration_required = true, .encapsulation = 50 };
	mip_udp_request got;

	mip_udp_request_put(&w, &m);
	assert_wrote(w, want);
	for (size_t n = 0; n < 6; n++)
		assert_false(mip_udp_request_get((wire_bytes){ want + 2, n }, &got));
	assert_true(mip_udp_request_get((wire_bytes){ want + 2, 6 }, &got));
	assert_true(got.force && got.registration_required);
	assert_int_equal(got.encapsulation, 50);
}

TEST(udp_tunnel_reply_is_as_rfc_3519_draws_it)
{
	static const uint8_t want[] = { 0x2c, 0x06, 0x00, 0x40, 0x80, 0x00, 0x00, 0x6e };
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);
	mip_udp_reply m = { .code = 64, .force = true, .keepalive_s = 110 }, got;

	mip_udp_reply_put(&w, &m);
	assert_wrote(w, want);
	for (size_t n = 0; n < 6; n++)
		assert_false(mip_udp_reply_get((wire_bytes){ want + 2, n }, &got));
	assert_true(mip_udp_reply_get((wire_bytes){ want + 2, 6 }, &got));
	assert_int_equal(got.code, 64);
	assert_true(got.force);
	assert_int_equal(got.keepalive_s, 110);
}

TEST(udp_tunnel_extensions_of_another_subtype_are_refused)
{
	static const uint8_t body[] = { 1, 0, 0, 0, 0, 0 };
	mip_udp_request q;
	mip_udp_reply p;

	assert_false(mip_udp_request_get(BYTES(body), &q));
	assert_false(mip_udp_reply_get(BYTES(body), &p));
}

TEST(notify_carries_reason_and_data)
{
	static const uint8_t want[] = { 0, 2, 0, 0, 0, 19 };
	uint8_t b[32];
	wire_wr w = wire_writer(b, sizeof b);
	mip_notify m = { .reason = NOTIFY_WRONG_GROUP, .data = 19 }, got;

	mip_notify_put(&w, &m);
	assert_wrote(w, want);
	for (size_t n = 0; n < 6; n++)
		assert_false(mip_notify_get((wire_bytes){ want, n }, &got));
	assert_true(mip_notify_get((wire_bytes){ want, 6 }, &got));
	assert_int_equal(got.reason, NOTIFY_WRONG_GROUP);
	assert_int_equal(got.data, 19);
}

TEST(every_notify_reason_has_words)
{
	for (unsigned i = 0; i < NOTIFY_N_REASONS; i++)
		assert_string_not_equal(mip_notify_text(i), "reason not defined");
	assert_string_equal(mip_notify_text(NOTIFY_N_REASONS), "reason not defined");
}

/* RFC 3025's number of the critical vendor extension: the same header, but nothing of ours in it. */
TEST(the_old_critical_vendor_extension_is_walked_over)
{
	static const uint8_t old[] = { 37, 0, 0, 3, 1, 2, 3, 128, 0 };
	wire_rd r = wire_reader(old, sizeof old);
	mip_ext x;

	assert_true(mip_ext_next(&r, &x));
	assert_int_equal(x.type, 37);
	assert_int_equal(x.body.n, 3);
	assert_int_equal(x.vendor_type, 0);
	assert_true(mip_ext_next(&r, &x));
	assert_int_equal(x.type, 128);
	assert_false(mip_ext_next(&r, &x));
	assert_false(r.bad);
}

TEST(vendors_with_other_numbers_are_not_ours)
{
	for (uint32_t vendor = 32471; vendor < 32476; vendor++) {
		uint8_t b[] = { 38, 0, 0, 6, 0, 0, (uint8_t)(vendor >> 8), (uint8_t)vendor, 0, 5 };
		wire_rd r = wire_reader(b, sizeof b);
		mip_ext x;
		assert_true(mip_ext_next(&r, &x));
		assert_int_equal(x.vendor_type, vendor == 32473 ? 5 : 0);
		assert_int_equal(x.body.n, vendor == 32473 ? 0 : 6);
	}
}

TEST(vendor_type_zero_is_none_of_ours)
{
	static const uint8_t b[] = { 38, 0, 0, 6, 0, 0, 0x7e, 0xd9, 0, 0 };
	wire_rd r = wire_reader(b, sizeof b);
	mip_ext x;

	assert_true(mip_ext_next(&r, &x));
	assert_int_equal(x.vendor_type, 0);
	assert_int_equal(x.body.n, 6);
}

RUN(T(walk_gives_every_extension_in_order), T(another_vendors_extension_starts_at_its_vendor_id),
    T(unknown_extensions_are_critical_below_128),
    T(walk_cut_inside_an_extension_is_bad_and_between_two_is_not), T(lengths_that_lie_are_bad),
    T(vendor_length_counts_from_the_vendor_id),
    T(authentication_extension_is_written_up_to_its_authenticator),
    T(generalized_authentication_has_the_long_header),
    T(authentication_extension_without_room_gives_no_place),
    T(authentication_body_needs_spi_and_authenticator),
    T(udp_tunnel_request_is_as_rfc_3519_draws_it), T(udp_tunnel_reply_is_as_rfc_3519_draws_it),
    T(udp_tunnel_extensions_of_another_subtype_are_refused), T(notify_carries_reason_and_data),
    T(every_notify_reason_has_words), T(the_old_critical_vendor_extension_is_walked_over),
    T(vendors_with_other_numbers_are_not_ours), T(vendor_type_zero_is_none_of_ours))
