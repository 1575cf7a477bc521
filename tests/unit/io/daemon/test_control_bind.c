/* SPDX-License-Identifier: MIT */
/* Whose the socket is, and what becomes of one that a dead daemon left. */
#include "control_kit.h"
#include <sys/stat.h>
#include <sys/wait.h>

TEST(socket_is_for_the_owner_alone)
{
	scene s;
	struct stat st;

	set_up(&s);
	assert_int_equal(stat(s.path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	tear_down(&s);
}

static char strangers_path[64];

static bool stranger_is_refused(void)
{
	err e = { 0 };

	return setuid(65534) == 0 && !control_call(strangers_path, "echo", NULL, 3000, &e) &&
	       strstr(e.text, "only root");
}

static void child_done(void *ctx)
{
	scene *s = ctx;

	io_loop_stop(s->l);
}

/* Even where the file's mode would let him. */
TEST(stranger_is_not_heard)
{
	scene s;
	int p[2], status;

	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	set_up(&s);
	assert_true(run("chmod 755 %s %s/sub; chmod 666 %s", s.dir, s.dir, s.path));
	strcpy(strangers_path, s.path);
	assert_int_equal(pipe(p), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(stranger_is_refused() ? 0 : 1);
	close(p[1]); /* the child's end closes when it ends */
	io_watch *w = io_watch_new(s.l, p[0], child_done, &s, &s.e);
	io_loop_run(s.l);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(s.asked, 0);
	io_watch_free(w);
	close(p[0]);
	tear_down(&s);
}

TEST(second_daemon_is_refused)
{
	scene s;
	err e;

	set_up(&s);
	assert_null(control_open(s.l, s.path, commands, &s, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.text, "another instance"));
	assert_int_equal(access(s.path, F_OK), 0);
	tear_down(&s);
}

static void leave_stale(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd); /* as a killed daemon does: the file stays */
}

TEST(socket_of_a_dead_daemon_is_taken_over)
{
	scene s;
	err e;

	set_up(&s);
	control_close(s.c);
	leave_stale(s.path);
	assert_null(control_call(s.path, "echo", NULL, 1000, &e));
	assert_non_null(strstr(e.text, "no daemon"));
	s.c = control_open(s.l, s.path, commands, &s, &e);
	assert_non_null(s.c);
	json_t *r = ask(&s, "echo", NULL, &e);
	assert_non_null(r);
	json_decref(r);
	tear_down(&s);
}

enum { RIVALS = 8 };

/* A daemon that starts when `go` closes, says who won on `said`, and lives until `stay` closes. */
static void rival(scene *s, const int go[2], const int said[2], const int stay[2])
{
	char c;

	close(go[1]);
	close(stay[1]);
	ssize_t started = read(go[0], &c, 1);
	bool mine = control_open(io_loop_new(NULL), s->path, commands, s, NULL) != NULL;
	bool reported = write(said[1], mine ? "+" : "-", 1) == 1;
	ssize_t ended = read(stay[0], &c, 1);
	_exit(started || ended || !reported);
}

/* Of many that start at once over a dead socket exactly one gets it, and is the one that
 * listens. */
TEST(of_many_that_take_over_at_once_one_wins)
{
	scene s;
	int go[2], said[2], stay[2];
	unsigned won = 0;

	set_up(&s);
	control_close(s.c);
	s.c = NULL;
	leave_stale(s.path);
	assert_int_equal(pipe(go) | pipe(said) | pipe(stay), 0);
	for (int i = 0; i < RIVALS; i++)
		if (fork() == 0)
			rival(&s, go, said, stay);
	close(go[1]);
	for (int i = 0; i < RIVALS; i++) {
		char c = 0;
		assert_int_equal(read(said[0], &c, 1), 1);
		won += c == '+';
	}
	close(connect_to(&s));
	close(stay[1]);
	for (int i = 0; i < RIVALS; i++)
		wait(NULL);
	assert_int_equal(won, 1);
	close(go[0]);
	close(said[0]);
	close(said[1]);
	close(stay[0]);
	unlink(s.path);
	tear_down(&s);
}

TEST(a_file_that_is_not_a_socket_is_left_alone)
{
	scene s;
	err e;

	set_up(&s);
	control_close(s.c);
	assert_true(run("echo precious > %s", s.path));
	assert_null(control_open(s.l, s.path, commands, &s, &e));
	assert_non_null(strstr(e.text, "not a socket"));
	s.c = NULL;
	assert_int_equal(unlink(s.path), 0);
	tear_down(&s);
}

TEST(socket_that_another_put_there_is_not_unlinked)
{
	scene s;

	set_up(&s);
	unlink(s.path);
	leave_stale(s.path);
	control_close(s.c);
	s.c = NULL;
	assert_int_equal(unlink(s.path), 0);
	tear_down(&s);
}

TEST(path_that_is_too_long_is_an_error)
{
	scene s;
	err e;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	set_up(&s);
	assert_null(control_open(s.l, path, commands, &s, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_null(control_call(path, "echo", NULL, 1000, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	tear_down(&s);
}

RUN(T(socket_is_for_the_owner_alone), T(stranger_is_not_heard), T(second_daemon_is_refused),
    T(socket_of_a_dead_daemon_is_taken_over), T(of_many_that_take_over_at_once_one_wins),
    T(a_file_that_is_not_a_socket_is_left_alone), T(socket_that_another_put_there_is_not_unlinked),
    T(path_that_is_too_long_is_an_error))
