/* SPDX-License-Identifier: MIT */
/* Files of keys (base/private.h): whose they are and who may read them, by the file that was read. */
#include "unit.h"
#include "base/private.h"
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALICE = 61234, STRANGER = 61235 };

static bool accepts(const file_access *a, const char *user, err *e)
{
	return private_check("keys", a, user, e);
}

TEST(what_others_may_read_or_write_is_refused)
{
	err e;

	for (mode_t bit = 1; bit < 01000; bit <<= 1) {
		const file_access a = { geteuid(), getegid(), S_IFREG | 0600 | bit };
		bool harmless = bit & (0700 | 0011);
		assert_int_equal(accepts(&a, "no-such-user", &e), harmless);
		if (!harmless)
			assert_string_equal(e.text, "keys: readable by others; chmod 600 it");
	}
}

TEST(a_group_that_the_daemons_user_is_in_may_read_and_not_write)
{
	const struct passwd *user = getpwnam("daemon"); /* any there is */
	err e;

	assert_non_null(user);
	file_access a = { 0, user->pw_gid, 0640 };
	assert_true(accepts(&a, "daemon", &e));
	a.mode = 0660;
	assert_false(accepts(&a, "daemon", &e));
	a.mode = 0644;
	assert_false(accepts(&a, "daemon", &e));
	a = (file_access){ 0, user->pw_gid + 77777, 0640 };
	assert_false(accepts(&a, "daemon", &e));
}

TEST(what_belongs_to_somebody_else_is_refused)
{
	err e;
	file_access a = { STRANGER, 0, 0600 };

	assert_false(accepts(&a, NULL, &e));
	assert_string_equal(e.text, "keys: belongs to user 61235, who can read and change it; "
				    "chown it to root");
	a.owner = 0;
	assert_true(accepts(&a, NULL, &e));
	a.owner = geteuid();
	assert_true(accepts(&a, NULL, &e));
	a.owner = getpwnam("daemon")->pw_uid;
	assert_false(accepts(&a, "no-such-user", &e));
	assert_true(accepts(&a, "daemon", &e));
}

TEST(with_sudo_it_may_belong_to_who_called_it)
{
	file_access a = { ALICE, 0, 0600 };
	err e;

	if (getuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	setenv("SUDO_UID", "61234", 1);
	assert_true(accepts(&a, NULL, &e));
	a.owner = STRANGER;
	assert_false(accepts(&a, NULL, &e));
	setenv("SUDO_UID", "", 1);
	assert_false(accepts(&a, NULL, &e));
	setenv("SUDO_UID", "61235x", 1);
	assert_false(accepts(&a, NULL, &e));
	unsetenv("SUDO_UID");
}

/* --- swapped between --- */

typedef struct swapping {
	char path[64], other[64];
	atomic_bool stop;
} swapping;

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void *swap(void *ctx)
{
	swapping *s = ctx;

	while (!s->stop)
		renameat2(AT_FDCWD, s->path, AT_FDCWD, s->other, RENAME_EXCHANGE);
	return NULL;
}

/* Somebody exchanges a private file for one that everybody may write, all the time. */
TEST(what_is_accepted_is_the_file_that_was_examined)
{
	char dir[] = "/tmp/hw-private-XXXXXX", *text;
	swapping s = { .stop = false };
	pthread_t thread;
	unsigned accepted = 0, refused = 0;
	file_access a;
	size_t n;
	err e;

	assert_non_null(mkdtemp(dir));
	snprintf(s.path, sizeof s.path, "%s/keys", dir);
	snprintf(s.other, sizeof s.other, "%s/other", dir);
	write_file(s.path, "ours", 0600);
	write_file(s.other, "evil", 0666);
	assert_int_equal(pthread_create(&thread, NULL, swap, &s), 0);
	while (accepted < 2000 || refused < 2000) {
		assert_true(file_read_access(s.path, 100, &text, &n, &a, &e));
		bool ok = private_check(s.path, &a, NULL, &e);
		assert_string_equal(text, ok ? "ours" : "evil");
		*(ok ? &accepted : &refused) += 1;
		free(text);
	}
	s.stop = true;
	pthread_join(thread, NULL);
	unlink(s.path);
	unlink(s.other);
	rmdir(dir);
}

RUN(T(what_others_may_read_or_write_is_refused),
    T(a_group_that_the_daemons_user_is_in_may_read_and_not_write),
    T(what_belongs_to_somebody_else_is_refused), T(with_sudo_it_may_belong_to_who_called_it),
    T(what_is_accepted_is_the_file_that_was_examined))
