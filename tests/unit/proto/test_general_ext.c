/* SPDX-License-Identifier: MIT */
/* The general-purpose extensions (proto/general_ext.h). */
#include "octets.h"
#include "proto/general_ext.h"
#include "proto/mip_ext.h"

static const uint8_t mac[] = { 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30 };

TEST(layer_2_extension_in_the_clear)
{
	/* clang-format off */
	static const uint8_t want[] = {
		0x26, 0x00, 0x00, 0x12, 0x00, 0x00, 0x7e, 0xd9, 0x00, 0x03, /* vendor header */
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00,                         /* Ethernet, E = 0, SPI 0 */
		0x02, 0x00, 0x5e, 0x10, 0x20, 0x30,
	};
	/* clang-format on */
	uint8_t b[64];
	wire_wr w = wire_writer(b, sizeof b);
	general_ext g = { .content_type = L2_ETHERNET, .data = BYTES(mac) };

	general_ext_put(&w, VENDOR_GENERAL_L2, &g);
	assert_wrote(w, want);
}

TEST(nai_extension_under_an_association)
{
	/* clang-format off */
	static const uint8_t want[] = {
		0x26, 0x00, 0x00, 0x0e, 0x00, 0x00, 0x7e, 0xd9, 0x00, 0x01,
		0x02, 0x80, 0x1a, 0x2b, 0x3c, 0x4d, /* home agent's, E = 1, SPI */
		0xc1, 0xc2,
	};
	/* clang-format on */
	uint8_t b[64];
	wire_wr w = wire_writer(b, sizeof b);
	general_ext g = { .content_type = NAI_HOME_AGENT,
			  .encrypted = true,
			  .spi = 0x1a2b3c4d,
			  .data = { want + 16, 2 } };

	general_ext_put(&w, VENDOR_GENERAL_NAI, &g);
	assert_wrote(w, want);
}

TEST(body_is_read_and_reserved_bits_are_ignored)
{
	static const uint8_t body[] = { 0x01, 0xff, 0x00, 0x00, 0x00, 0x07, 0xab };
	general_ext g;

	assert_true(general_ext_get(BYTES(body), &g));
	assert_int_equal(g.content_type, IP_ROUTER);
	assert_true(g.encrypted);
	assert_int_equal(g.spi, 7);
	assert_bytes(g.data, ((const uint8_t[]){ 0xab }));
}

TEST(reserved_bits_alone_do_not_mean_encrypted)
{
	static const uint8_t body[] = { 0x00, 0x7f, 0x00, 0x00, 0x00, 0x00 };
	general_ext g;

	assert_true(general_ext_get(BYTES(body), &g));
	assert_false(g.encrypted);
	assert_int_equal(g.data.n, 0);
}

TEST(body_shorter_than_its_header_is_refused)
{
	static const uint8_t body[GENERAL_EXT_HDR_LEN] = { 0 };
	general_ext g;

	for (size_t n = 0; n < GENERAL_EXT_HDR_LEN; n++) {
		uint8_t *cut = octets_exact(body, n);
		assert_false(general_ext_get((wire_bytes){ cut, n }, &g));
		free(cut);
	}
}

TEST(security_association_data_is_spi_algorithm_key)
{
	static const uint8_t want[] = { 0x20, 0x00, 0x00, 0x01, 0x00, 0x14, 0xaa, 0xbb, 0xcc };
	uint8_t b[16];
	wire_wr w = wire_writer(b, sizeof b);
	general_sa g = { .spi = 0x20000001, .algorithm = 20, .key = { want + 6, 3 } }, got;

	general_sa_put(&w, &g);
	assert_wrote(w, want);
	assert_true(general_sa_get(BYTES(want), &got));
	assert_int_equal(got.spi, 0x20000001);
	assert_int_equal(got.algorithm, 20);
	assert_bytes(got.key, ((const uint8_t[]){ 0xaa, 0xbb, 0xcc }));
}

TEST(security_association_data_may_be_only_a_pseudonym)
{
	static const uint8_t data[] = { 0x1a, 0x2b, 0x3c, 0x4d, 0x00, 0x00 };
	general_sa got;

	for (size_t n = 0; n < sizeof data; n++) {
		uint8_t *cut = octets_exact(data, n);
		assert_false(general_sa_get((wire_bytes){ cut, n }, &got));
		free(cut);
	}
	assert_true(general_sa_get(BYTES(data), &got));
	assert_int_equal(got.algorithm, 0);
	assert_int_equal(got.key.n, 0);
}

TEST(data_longer_than_the_room_is_refused)
{
	uint8_t b[21];
	wire_wr w = wire_writer(b, sizeof b);
	general_ext g = { .data = BYTES(mac) };

	general_ext_put(&w, VENDOR_GENERAL_L2, &g);
	assert_true(w.bad);
}

RUN(T(layer_2_extension_in_the_clear), T(nai_extension_under_an_association),
    T(body_is_read_and_reserved_bits_are_ignored), T(reserved_bits_alone_do_not_mean_encrypted),
    T(body_shorter_than_its_header_is_refused), T(security_association_data_is_spi_algorithm_key),
    T(security_association_data_may_be_only_a_pseudonym), T(data_longer_than_the_room_is_refused))
