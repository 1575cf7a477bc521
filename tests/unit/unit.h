/* SPDX-License-Identifier: MIT */
/* unit.h - the little that every test program shares. A test is a sentence:
 *
 *	TEST(reader_stays_bad_after_the_first_overrun) { ... assert_true(r.bad); }
 *	RUN(T(reader_stays_bad_after_the_first_overrun), T(...))
 *
 * A test that is not listed in RUN does not compile (unused function). A program takes one
 *argument, a pattern with * and ?, and then runs only the tests whose names match it. */
#ifndef HW_TESTS_UNIT_H
#define HW_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TEST(name) static void name(__attribute__((unused)) void **test_state)
#define T(name)    cmocka_unit_test(name)
#define RUN(...)                                                                                   \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };                                 \
		if (argc > 1)                                                                      \
			cmocka_set_test_filter(argv[1]);                                           \
		return cmocka_run_group_tests(tests, NULL, NULL);                                  \
	}

#endif
