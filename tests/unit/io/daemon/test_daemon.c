/* SPDX-License-Identifier: MIT */
#include "io/daemon/daemon.h"
#include "netns.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_socket(const char *name, socklen_t n)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path, name, n);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
			 0);
	return fd;
}

TEST(service_manager_is_notified_by_path_and_abstract_name)
{
	char text[64] = "", path[] = "/tmp/hw-notify-XXXXXX";

	assert_non_null(mkdtemp(path));
	char name[64];
	snprintf(name, sizeof(name), "%s/s", path);
	int fd = notify_socket(name, (socklen_t)strlen(name));
	setenv("NOTIFY_SOCKET", name, 1);
	daemon_notify("READY=1");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
	assert_memory_equal(text, "READY=1", 7);
	close(fd);
	unlink(name);
	rmdir(path);

	snprintf(name, sizeof(name), "@hw-notify-%d", (int)getpid());
	setenv("NOTIFY_SOCKET", name, 1);
	name[0] = '\0';
	fd = notify_socket(name, (socklen_t)(1 + strlen(name + 1)));
	daemon_notify("STOPPING=1");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 10);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	daemon_notify("READY=1"); /* nobody asked */
}

typedef enum ending { SAY_YES, SAY_NO, SAY_NOTHING, HANG } ending;

/* Only the parent returns: the pipe. */
static int background(ending how)
{
	err e;
	int report = -1;
	pid_t session = getsid(0);
	int fd = daemon_background(&report, &e);

	if (fd != 0)
		return fd;
	bool good = getsid(0) != getpid() && getsid(0) != session && isatty(0) == 0 &&
		    write(1, "lost", 4) == 4;
	if (how == SAY_YES)
		daemon_report(report, good, "registered");
	if (how == SAY_NO)
		daemon_report(report, false, "home refused");
	if (how == HANG)
		sleep(1);
	_exit(0);
}

TEST(daemon_reports_once_to_who_left_it_behind)
{
	char text[64];
	bool ok = false;

	assert_true(daemon_wait_report(background(SAY_YES), 5000, text, sizeof(text), &ok));
	assert_true(ok);
	assert_string_equal(text, "registered");
	assert_true(daemon_wait_report(background(SAY_NO), 5000, text, sizeof(text), &ok));
	assert_false(ok);
	assert_string_equal(text, "home refused");
}

TEST(daemon_that_dies_without_a_word_is_a_failure_with_a_text)
{
	char text[64] = "";
	bool ok = true;

	assert_true(daemon_wait_report(background(SAY_NOTHING), 5000, text, sizeof(text), &ok));
	assert_false(ok);
	assert_true(strlen(text) > 10);
}

TEST(daemon_that_says_nothing_is_not_waited_for_beyond_the_time)
{
	char text[64];
	bool ok;

	assert_false(daemon_wait_report(background(HANG), 30, text, sizeof(text), &ok));
}

TEST(lock_is_held_by_one)
{
	err e;
	char path[] = "/tmp/hw-lock-XXXXXX";
	int tmp = mkstemp(path);
	int one = daemon_lock(path, &e);

	assert_true(one >= 0);
	assert_int_equal(daemon_lock(path, &e), -1);
	assert_non_null(strstr(e.text, "another instance"));
	close(one);
	one = daemon_lock(path, &e);
	assert_true(one >= 0);
	close(one);
	close(tmp);
	unlink(path);
	assert_int_equal(daemon_lock("/nonexistent/lock", &e), -1);
}

/* /dev of its own, in a mount namespace of its own. */
static bool logs_to_syslog(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char text[256] = "";

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) < 0)
		return false;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return false;
	logger l = log_to_syslog(LOG_WARN, "hw-test");
	log_info(&l, "too much");
	log_warn(&l, "link %s", "gone");
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	return n > 0 && !strncmp(text, "<28>", 4) && strstr(text, "hw-test") &&
	       strstr(text, "link gone");
}

TEST(log_goes_to_syslog_with_its_level)
{
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	assert_true(in_child(logs_to_syslog));
}

RUN(T(service_manager_is_notified_by_path_and_abstract_name),
    T(daemon_reports_once_to_who_left_it_behind),
    T(daemon_that_dies_without_a_word_is_a_failure_with_a_text),
    T(daemon_that_says_nothing_is_not_waited_for_beyond_the_time), T(lock_is_held_by_one),
    T(log_goes_to_syslog_with_its_level))
