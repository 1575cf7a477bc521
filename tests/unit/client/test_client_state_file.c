/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

TEST(what_was_saved_is_loaded_and_private)
{
	char dir[] = "/tmp/test_client_state.XXXXXX", path[512];
	const client_saved s = { .pseudonym = 0xdeadbeef, .clock_offset_s = -86400 };
	struct stat st;
	err e = { 0 };
	assert_non_null(mkdtemp(dir));
	assert_true(state_path(path, sizeof path, dir, "alice@example.net", &e));
	assert_int_equal(state_load(path).pseudonym, 0);
	assert_true(state_save(path, &s, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	client_saved back = state_load(path);
	assert_int_equal(back.pseudonym, s.pseudonym);
	assert_int_equal(back.clock_offset_s, s.clock_offset_s);
	unlink(path);
	rmdir(dir);
}

TEST(state_that_makes_no_sense_counts_as_none)
{
	char path[] = "/tmp/test_client_state.XXXXXX";
	static const char *const bad[] = { "", "pseudonym = 0x12", "\xff\xff",
					   "clock_offset_s = 5\n" };
	close(mkstemp(path));
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(path, bad[i]);
		client_saved s = state_load(path);
		assert_int_equal(s.pseudonym, 0);
		assert_int_equal(s.clock_offset_s, 0);
	}
	unlink(path);
}

TEST(saving_where_nothing_can_be_written_says_so_and_leaves_nothing)
{
	err e = { 0 };
	const client_saved s = { .pseudonym = 1 };
	assert_false(state_save("/nowhere/at/all.state", &s, &e));
	assert_non_null(strstr(e.text, "/nowhere/at/all.state"));
}

RUN(T(what_was_saved_is_loaded_and_private), T(state_that_makes_no_sense_counts_as_none),
    T(saving_where_nothing_can_be_written_says_so_and_leaves_nothing))
