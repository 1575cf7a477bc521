/* SPDX-License-Identifier: MIT */
#include "core/carrier/error.h"
#include "unit.h"

TEST(only_printable_ascii_is_shown)
{
	carrier_error e = { 0 };

	carrier_error_set(&e, CARRIER_PORTAL, "%s", " ~a\x1f\x7f\t\xc3\xa4\x1b[2J");
	assert_string_equal(e.text, " ~a?????"
				    "?[2J");
	assert_int_equal(e.rank, CARRIER_PORTAL);
}

RUN(T(only_printable_ascii_is_shown))
