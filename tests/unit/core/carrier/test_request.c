/* SPDX-License-Identifier: MIT */
#include "core/carrier/request.h"
#include "unit.h"

TEST(sessions_are_named_by_128_random_bits)
{
	char a[CARRIER_SESSION + 1], b[CARRIER_SESSION + 1];

	assert_true(carrier_request_new_session(a) && carrier_request_new_session(b));
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

RUN(T(sessions_are_named_by_128_random_bits))
