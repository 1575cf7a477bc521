/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/conf.h"

#include <stdlib.h>

TEST(numbers_are_bounded)
{
	uint32_t v = 5;
	err e;

	assert_true(conf_u32("4294967295", &v, &e) && v == UINT32_MAX);
	assert_true(conf_u32("0xffffffff", &v, &e) && v == UINT32_MAX);
	assert_true(conf_u32("0", &v, &e) && v == 0);
	static const char *const wrong[] = { "",           "-1",
					     "+1",         "0x",
					     "4294967296", "0x100000000",
					     "1 ",         "0x-1",
					     "x",          "99999999999999999999999" };
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(conf_u32(wrong[i], &v, &e));
	assert_int_equal(v, 0);
}

TEST(the_nearest_name_is_near)
{
	static const char *const known[] = { "interface", "routes", "home" };

	assert_string_equal(conf_nearest("interfaec", known, 3), "interface");
	assert_string_equal(conf_nearest("route", known, 3), "routes");
	assert_string_equal(conf_nearest("hoem", known, 3), "home");
	assert_null(conf_nearest("certificate", known, 3));
	char endless[500];
	memset(endless, 'a', sizeof endless - 1);
	endless[sizeof endless - 1] = 0;
	assert_null(conf_nearest(endless, known, 3));
}

TEST(a_key_is_taken_whole_or_not_at_all)
{
	uint8_t key[32] = { 7 };
	err e;
	char text[66];

	memset(text, 'a', 65);
	text[65] = 0;
	assert_false(conf_key32(text, key, &e));
	text[64] = 0;
	text[63] = 'g';
	assert_false(conf_key32(text, key, &e));
	assert_int_equal(key[0], 7);
	text[63] = 'a';
	assert_true(conf_key32(text, key, &e));
	assert_int_equal(key[31], 0xaa);
}

TEST(a_string_that_is_set_again_frees_the_old_one)
{
	char *s = NULL;
	err e;

	assert_true(conf_string("one", &s, &e));
	assert_true(conf_string("two", &s, &e));
	assert_string_equal(s, "two");
	assert_false(conf_string("", &s, &e));
	assert_string_equal(s, "two");
	free(s);
}

RUN(T(numbers_are_bounded), T(the_nearest_name_is_near), T(a_key_is_taken_whole_or_not_at_all),
    T(a_string_that_is_set_again_frees_the_old_one))
