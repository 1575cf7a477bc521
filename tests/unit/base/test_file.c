/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct place {
	char dir[64], path[96];
} place;

static place make_place(void)
{
	place p = { "/tmp/hw-file-XXXXXX", "" };

	assert_non_null(mkdtemp(p.dir));
	snprintf(p.path, sizeof p.path, "%s/state", p.dir);
	return p;
}

static int count_files(const char *dir)
{
	int n = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void assert_content(const char *path, const char *text)
{
	char *got;
	size_t n;
	err e;

	assert_true(file_read(path, 1000, &got, &n, &e));
	assert_int_equal(n, strlen(text));
	assert_string_equal(got, text);
	free(got);
}

static void remove_place(const place *p)
{
	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0);
}

TEST(a_file_is_replaced_whole_with_its_mode)
{
	place p = make_place();
	struct stat st;
	err e;

	assert_true(file_write_atomic(p.path, 0600, "old", 3, &e));
	assert_true(file_write_atomic(p.path, 0640, "newer", 5, &e));
	assert_content(p.path, "newer");
	assert_int_equal(stat(p.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(count_files(p.dir), 1);
	remove_place(&p);
}

TEST(a_write_that_fails_midway_leaves_the_old_file_and_nothing_else)
{
	place p = make_place();
	struct rlimit old, small = { 1000, 1000 };
	char big[5000] = { 0 };
	err e;

	assert_true(file_write_atomic(p.path, 0600, "old", 3, &e));
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	bool ok = file_write_atomic(p.path, 0600, big, sizeof big, &e);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	assert_false(ok);
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_non_null(strstr(e.text, "File too large"));
	assert_content(p.path, "old");
	assert_int_equal(count_files(p.dir), 1);
	remove_place(&p);
}

TEST(a_target_that_cannot_be_replaced_leaves_no_temporary_file)
{
	place p = make_place();
	err e;

	assert_int_equal(mkdir(p.path, 0700), 0);
	assert_false(file_write_atomic(p.path, 0600, "x", 1, &e));
	assert_int_equal(count_files(p.dir), 1);
	rmdir(p.path);
	remove_place(&p);
}

TEST(a_directory_that_is_not_there_is_an_error_with_the_reason)
{
	err e;

	assert_false(file_write_atomic("/nonexistent/x", 0600, "x", 1, &e));
	assert_string_equal(e.text, "cannot write /nonexistent/x: No such file or directory");
}

TEST(a_name_without_a_directory_is_in_the_current_one)
{
	place p = make_place();
	char old[1000];
	err e;

	assert_non_null(getcwd(old, sizeof old));
	assert_int_equal(chdir(p.dir), 0);
	bool ok = file_write_atomic("state", 0600, "here", 4, &e);
	assert_int_equal(chdir(old), 0);
	assert_true(ok);
	assert_content(p.path, "here");
	remove_place(&p);
}

TEST(an_empty_file_is_written_and_read)
{
	place p = make_place();
	err e;

	assert_true(file_write_atomic(p.path, 0600, NULL, 0, &e));
	assert_content(p.path, "");
	remove_place(&p);
}

TEST(a_file_larger_than_allowed_is_refused_not_cut)
{
	place p = make_place();
	char *got = NULL;
	size_t n;
	err e;

	assert_true(file_write_atomic(p.path, 0600, "12345", 5, &e));
	assert_false(file_read(p.path, 4, &got, &n, &e));
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_null(got);
	assert_true(file_read(p.path, 5, &got, &n, &e));
	free(got);
	remove_place(&p);
}

TEST(files_without_a_size_are_read_to_their_end)
{
	char *got;
	size_t n;
	err e;

	assert_true(file_read("/proc/self/status", 65536, &got, &n, &e));
	assert_true(n > 100);
	free(got);
	assert_false(file_read("/dev/zero", 4096, &got, &n, &e));
	assert_int_equal(e.kind, ERR_LIMIT);
}

TEST(what_cannot_be_read_is_an_error_with_the_reason)
{
	char *got;
	size_t n;
	err e;

	assert_false(file_read("/nonexistent", 10, &got, &n, &e));
	assert_string_equal(e.text, "cannot open /nonexistent: No such file or directory");
	assert_false(file_read("/tmp", 10, &got, &n, &e));
	assert_string_equal(e.text, "cannot read /tmp: Is a directory");
}

RUN(T(a_file_is_replaced_whole_with_its_mode),
    T(a_write_that_fails_midway_leaves_the_old_file_and_nothing_else),
    T(a_target_that_cannot_be_replaced_leaves_no_temporary_file),
    T(a_directory_that_is_not_there_is_an_error_with_the_reason),
    T(a_name_without_a_directory_is_in_the_current_one), T(an_empty_file_is_written_and_read),
    T(a_file_larger_than_allowed_is_refused_not_cut), T(files_without_a_size_are_read_to_their_end),
    T(what_cannot_be_read_is_an_error_with_the_reason))
