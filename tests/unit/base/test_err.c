/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/err.h"

#include <errno.h>

TEST(setting_an_error_returns_false_and_keeps_kind_and_text)
{
	err e = { 0 };

	assert_false(err_set(&e, ERR_PEER, "code %d from %s", 131, "home"));
	assert_int_equal(e.kind, ERR_PEER);
	assert_string_equal(e.text, "code 131 from home");
}

TEST(an_absent_error_is_fine)
{
	assert_false(err_set(NULL, ERR_PEER, "x"));
	assert_false(err_sys(NULL, EIO, "x"));
	assert_false(err_prefix(NULL, "x"));
}

TEST(system_error_ends_with_the_reason)
{
	err e = { 0 };

	assert_false(err_sys(&e, ENOENT, "cannot open %s", "/x"));
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_string_equal(e.text, "cannot open /x: No such file or directory");
}

TEST(a_long_sentence_is_cut_but_not_its_reason)
{
	char name[400];

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = 0;
	err e = { 0 };
	err_sys(&e, EACCES, "cannot open %s", name);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_string_equal(e.text + sizeof e.text - 1 - strlen(": Permission denied"),
			    ": Permission denied");
}

TEST(prefix_stands_before_the_text)
{
	err e = { 0 };

	err_set(&e, ERR_CONFIG, "no such key");
	assert_false(err_prefix(&e, "%s:%d", "server.conf", 7));
	assert_string_equal(e.text, "server.conf:7: no such key");
	assert_int_equal(e.kind, ERR_CONFIG);
}

TEST(prefixing_a_full_text_cuts_its_end)
{
	err e = { 0 };
	char full[256];

	memset(full, 'b', sizeof full - 1);
	full[sizeof full - 1] = 0;
	err_set(&e, ERR_LIMIT, "%s", full);
	err_prefix(&e, "here");
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_memory_equal(e.text, "here: bbb", 9);
}

TEST(an_error_may_be_set_from_its_own_text)
{
	err e = { 0 };

	err_set(&e, ERR_PEER, "inner");
	err_set(&e, ERR_CONFIG, "outer (%s)", e.text);
	assert_string_equal(e.text, "outer (inner)");
}

RUN(T(setting_an_error_returns_false_and_keeps_kind_and_text), T(an_absent_error_is_fine),
    T(system_error_ends_with_the_reason), T(a_long_sentence_is_cut_but_not_its_reason),
    T(prefix_stands_before_the_text), T(prefixing_a_full_text_cuts_its_end),
    T(an_error_may_be_set_from_its_own_text))
