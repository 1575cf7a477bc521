/* SPDX-License-Identifier: MIT */
/* Homeward's own small messages (proto/ctl.h) and ESP's sums (proto/esp_hdr.h). */
#include "octets.h"
#include "proto/ctl.h"
#include "proto/esp_hdr.h"

static const uint8_t hint[] = { 0x10, 0, 0, 0, 0x20, 0, 0, 1 };
/* clang-format off */
static const uint8_t echo[] = {
	0x01, 0x01, 0x00, 0x02,                         /* echo, stay, path 2 */
	0x00, 0x00, 0x00, 0x2a,                         /* id */
	0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, /* stamp */
	0x05, 0xb4, 0x05, 0xa0,                         /* size 1460, mtu 1440 */
};
/* clang-format on */

TEST(unknown_spi_hint_is_eight_octets)
{
	uint8_t b[16];
	uint32_t spi = 0;
	wire_wr w = wire_writer(b, sizeof b);

	ctl_unknown_spi_put(&w, 0x20000001);
	assert_wrote(w, hint);
	wire_rd r = wire_reader(hint, sizeof hint);
	assert_true(ctl_unknown_spi_get(&r, &spi));
	assert_int_equal(spi, 0x20000001);
}

TEST(unknown_spi_hint_of_any_other_shape_is_refused)
{
	uint8_t longer[9] = { 0x10 }, other[8] = { 0x11 }, reserved[8] = { 0x10, 0, 1 };
	uint32_t spi;

	for (size_t n = 0; n < sizeof hint; n++) {
		uint8_t *cut = octets_exact(hint, n);
		wire_rd r = wire_reader(cut, n);
		assert_false(ctl_unknown_spi_get(&r, &spi));
		free(cut);
	}
	wire_rd r = wire_reader(longer, sizeof longer);
	assert_false(ctl_unknown_spi_get(&r, &spi));
	r = wire_reader(other, sizeof other);
	assert_false(ctl_unknown_spi_get(&r, &spi));
	r = wire_reader(reserved, sizeof reserved);
	assert_false(ctl_unknown_spi_get(&r, &spi));
}

TEST(echo_is_written_and_padded_with_zeros)
{
	uint8_t b[64];

	memset(b, 0xff, sizeof b);
	wire_wr w = wire_writer(b, sizeof b);
	ctl_msg m = { .kind = CTL_ECHO,
		      .flags = CTL_STAY,
		      .path = 2,
		      .id = 42,
		      .stamp_us = 0x010203040506,
		      .size = 1460,
		      .mtu = 1440 };
	ctl_put(&w, &m, 3);
	assert_false(w.bad);
	assert_int_equal(wire_len(&w), CTL_LEN + 3);
	assert_memory_equal(b, echo, CTL_LEN);
	assert_memory_equal(b + CTL_LEN, ((const uint8_t[]){ 0, 0, 0, 0xff }), 4);
}

TEST(echo_is_read_whatever_the_padding)
{
	uint8_t padded[CTL_LEN + 5];

	memset(padded, 0xee, sizeof padded);
	memcpy(padded, echo, CTL_LEN);
	wire_rd r = wire_reader(padded, sizeof padded);
	ctl_msg m;
	assert_true(ctl_get(&r, &m));
	assert_int_equal(m.kind, CTL_ECHO);
	assert_int_equal(m.flags, CTL_STAY);
	assert_int_equal(m.path, 2);
	assert_int_equal(m.id, 42);
	assert_true(m.stamp_us == 0x010203040506);
	assert_int_equal(m.size, 1460);
	assert_int_equal(m.mtu, 1440);
}

TEST(echo_cut_short_or_of_no_known_kind_is_refused)
{
	ctl_msg m;

	for (size_t n = 0; n < CTL_LEN; n++) {
		uint8_t *cut = octets_exact(echo, n);
		wire_rd r = wire_reader(cut, n);
		assert_false(ctl_get(&r, &m));
		free(cut);
	}
	for (unsigned kind = 0; kind < 256; kind++) {
		uint8_t b[CTL_LEN] = { (uint8_t)kind };
		wire_rd r = wire_reader(b, sizeof b);
		assert_int_equal(ctl_get(&r, &m), kind == 1 || kind == 2);
	}
}

TEST(padding_without_room_fails)
{
	uint8_t b[CTL_LEN + 2];
	wire_wr w = wire_writer(b, sizeof b);
	ctl_msg m = { .kind = CTL_ECHO };

	ctl_put(&w, &m, 3);
	assert_true(w.bad);
}

TEST(sealed_length_is_aligned_and_no_longer_than_needed)
{
	assert_int_equal(esp_sealed_len(2), ESP_MIN_LEN);
	assert_int_equal(esp_sealed_len(1400), 16 + 1404 + 16);
	assert_int_equal(esp_sealed_len(1402), 16 + 1404 + 16);
	assert_int_equal(esp_sealed_len(1403), 16 + 1408 + 16);
	for (size_t n = 0; n < 3000; n++) {
		assert_int_equal(esp_sealed_len(n) % 4, 0);
		assert_in_range(esp_sealed_len(n) - n, 34, ESP_MAX_OVERHEAD);
	}
}

TEST(longest_inner_packet_fits_and_one_more_does_not)
{
	for (size_t max = 0; max < ESP_MIN_LEN; max++)
		assert_int_equal(esp_inner_max(max), 0);
	for (size_t max = ESP_MIN_LEN; max < 3000; max++) {
		assert_true(esp_sealed_len(esp_inner_max(max)) <= max);
		assert_true(esp_sealed_len(esp_inner_max(max) + 1) > max);
	}
}

RUN(T(unknown_spi_hint_is_eight_octets), T(unknown_spi_hint_of_any_other_shape_is_refused),
    T(echo_is_written_and_padded_with_zeros), T(echo_is_read_whatever_the_padding),
    T(echo_cut_short_or_of_no_known_kind_is_refused), T(padding_without_room_fails),
    T(sealed_length_is_aligned_and_no_longer_than_needed),
    T(longest_inner_packet_fits_and_one_more_does_not))
