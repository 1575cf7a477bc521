/* SPDX-License-Identifier: MIT */
#include "core/mux/entry.h"
#include "unit.h"

enum { ROOM = 2000 };

TEST(a_datagram_is_what_its_first_octets_and_its_length_say)
{
	static const struct {
		uint8_t first[4];
		size_t n;
		mux_entry is;
	} rows[] = {
		{ { 0x20, 0, 0, 0 }, 36, MUX_ENTRY_ESP },
		{ { 0x1f, 0xff, 0xff, 0xff }, 36, MUX_ENTRY_MESSAGE },
		{ { 0xff, 0xff, 0xff, 0xff }, 2000, MUX_ENTRY_ESP },
		{ { 0x5a, 0, 0, 0 }, 35, MUX_ENTRY_NONE },
		{ { 0x02, 0, 0, 0 }, 100, MUX_ENTRY_NONE },
		{ { 0x0e, 0, 0, 0 }, 100, MUX_ENTRY_NONE },
		{ { 0xff }, 1, MUX_ENTRY_MESSAGE },
		{ { 0xfe }, 1, MUX_ENTRY_NONE },
		{ { 0xff, 0xff }, 2, MUX_ENTRY_NONE },
		{ { 1 }, 24, MUX_ENTRY_MESSAGE },
		{ { 1 }, 23, MUX_ENTRY_NONE },
		{ { 1 }, 1200, MUX_ENTRY_MESSAGE },
		{ { 1 }, 1201, MUX_ENTRY_NONE },
		{ { 3 }, 20, MUX_ENTRY_NONE },
		{ { 7 }, 20, MUX_ENTRY_NONE },
		{ { 0x0f }, 12, MUX_ENTRY_NONE },
		{ { 0x10 }, 8, MUX_ENTRY_MESSAGE },
		{ { 0x10 }, 7, MUX_ENTRY_NONE },
		{ { 0x10 }, 1201, MUX_ENTRY_NONE },
		{ { 0, 0, 0, 0 }, 100, MUX_ENTRY_NONE },
		{ { 0, 0, 0, 1 }, 100, MUX_ENTRY_NONE },
	};
	uint8_t p[ROOM] = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(p, rows[i].first, sizeof rows[i].first);
		assert_int_equal(mux_entry_of(p, rows[i].n), rows[i].is);
	}
	assert_int_equal(mux_entry_of(p, 0), MUX_ENTRY_NONE);
}

RUN(T(a_datagram_is_what_its_first_octets_and_its_length_say))
