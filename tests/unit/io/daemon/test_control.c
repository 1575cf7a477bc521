/* SPDX-License-Identifier: MIT */
#include "io/daemon/control.h"
#include "base/clock.h"
#include "netns.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct scene {
	char dir[32], path[64];
	io_loop *l;
	control *c;
	control_peer *kept;
	io_timer *later;
	size_t reply_len;
	unsigned asked;
	err e;
} scene;

static void answer_later(void *ctx)
{
	scene *s = ctx;
	control_reply(s->kept, json_pack("{s:s}", "said", "later"));
	s->kept = NULL;
}

static json_t *long_reply(size_t n)
{
	char *text = malloc(n + 1);
	assert_non_null(text);
	memset(text, 'x', n);
	text[n] = '\0';
	json_t *r = json_pack("{s:o}", "text", json_stringn_nocheck(text, n));
	free(text);
	return r;
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	scene *s = ctx;
	s->asked++;
	if (!strcmp(command, "echo"))
		return json_pack("{s:O?}", "text", json_object_get(request, "text"));
	if (!strcmp(command, "fail"))
		return json_pack("{s:s}", "error", "that can't be done");
	if (!strcmp(command, "long"))
		return long_reply(s->reply_len);
	if (!strcmp(command, "at once")) {
		control_reply(peer, json_pack("{s:s}", "said", "at once"));
		return NULL;
	}
	s->kept = peer;
	if (s->later)
		io_timer_at(s->later, clock_mono_ms() + 20);
	return NULL;
}

static void set_up(scene *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/hw-control-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/sub/x.sock", s->dir);
	s->l = io_loop_new(&s->e);
	s->c = control_open(s->l, s->path, handle, s, &s->e);
	assert_non_null(s->c);
	s->later = io_timer_new(s->l, answer_later, s, &s->e);
}

static void tear_down(scene *s)
{
	control_close(s->c);
	io_timer_free(s->later);
	io_loop_free(s->l);
	assert_int_equal(access(s->path, F_OK), -1);
	assert_true(run("rm -r %s", s->dir));
}

/* A caller in a thread of its own; when it is done, the loop stops. */
typedef struct caller {
	scene *s;
	const char *command;
	json_t *request, *reply;
	err e;
	int done;
	io_watch *watch;
	pthread_t thread;
} caller;

static void *call(void *arg)
{
	caller *k = arg;
	uint64_t one = 1;
	k->reply = control_call(k->s->path, k->command, k->request, 60000, &k->e);
	return write(k->done, &one, sizeof(one)) == sizeof(one) ? k : NULL;
}

static void stop(void *ctx)
{
	caller *k = ctx;
	io_watch_pause(k->watch, true);
	io_loop_stop(k->s->l);
}

static json_t *ask(scene *s, const char *command, json_t *request, err *e)
{
	caller k = { .s = s, .command = command, .request = request, .done = eventfd(0, 0) };
	k.watch = io_watch_new(s->l, k.done, stop, &k, &k.e);
	assert_int_equal(pthread_create(&k.thread, NULL, call, &k), 0);
	io_loop_run(s->l);
	pthread_join(k.thread, NULL);
	io_watch_free(k.watch);
	close(k.done);
	*e = k.e;
	return k.reply;
}

static const char *text_of(const json_t *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply, key));
	return text ? text : "";
}

/* Descriptors for callers that misbehave. */
static int connect_to(const scene *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	memcpy(a.sun_path, s->path, strlen(s->path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

typedef struct reading {
	scene *s;
	int fd;
	io_watch *w;
	size_t n;
	bool closed;
	char *text;
	size_t lines, want_lines;
} reading;

static void on_text(void *ctx)
{
	reading *r = ctx;
	char buf[65536];
	ssize_t n = recv(r->fd, buf, sizeof(buf), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	r->closed = n <= 0;
	for (ssize_t i = 0; i < n; i++)
		r->lines += buf[i] == '\n';
	if (n > 0 && r->n < 4096)
		memcpy(r->text + r->n, buf, (size_t)n < 4096 - r->n ? (size_t)n : 4096 - r->n);
	r->n += n > 0 ? (size_t)n : 0;
	if (r->closed || (r->want_lines && r->lines >= r->want_lines)) {
		io_watch_pause(r->w, true);
		io_loop_stop(r->s->l);
	}
}

/* Runs the loop until the connection is closed, or so many lines came. */
static void read_until(reading *r, size_t lines)
{
	r->want_lines = lines;
	io_watch_pause(r->w, false);
	io_loop_run(r->s->l);
}

static void reader(reading *r, scene *s)
{
	*r = (reading){ .s = s, .fd = connect_to(s), .text = calloc(1, 4097) };
	r->w = io_watch_new(s->l, r->fd, on_text, r, &s->e);
	assert_non_null(r->w);
}

static void reader_free(reading *r)
{
	io_watch_free(r->w);
	close(r->fd);
	free(r->text);
}

static void say(const reading *r, const char *text)
{
	assert_int_equal(send(r->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

TEST(request_and_reply_make_a_round_trip)
{
	scene s;
	err e;
	set_up(&s);
	json_t *r = ask(&s, "echo", json_pack("{s:s}", "text", "h\xc3\xa4llo\nworld"), &e);
	assert_string_equal(text_of(r, "text"), "h\xc3\xa4llo\nworld");
	json_decref(r);
	r = ask(&s, "at once", NULL, &e);
	assert_string_equal(text_of(r, "said"), "at once");
	json_decref(r);
	tear_down(&s);
}

TEST(reply_may_come_later)
{
	scene s;
	err e;
	set_up(&s);
	json_t *r = ask(&s, "wait", NULL, &e);
	assert_string_equal(text_of(r, "said"), "later");
	assert_null(s.kept);
	json_decref(r);
	tear_down(&s);
}

TEST(error_reply_becomes_an_error)
{
	scene s;
	err e;
	set_up(&s);
	assert_null(ask(&s, "fail", NULL, &e));
	assert_int_equal(e.kind, ERR_PEER);
	assert_string_equal(e.text, "that can't be done");
	tear_down(&s);
}

TEST(caller_that_gave_up_is_answered_into_the_void)
{
	scene s;
	err e;
	reading r;
	set_up(&s);
	reader(&r, &s);
	say(&r, "{\"command\":\"wait\"}\n");
	reader_free(&r);
	json_t *ok = ask(&s, "echo", NULL, &e); /* meanwhile others are served */
	json_decref(ok);
	assert_int_equal(s.asked, 2);
	while (s.kept)
		json_decref(ask(&s, "at once", NULL, &e));
	tear_down(&s);
}

TEST(several_requests_on_one_connection_are_answered_in_turn)
{
	scene s;
	reading r;
	set_up(&s);
	reader(&r, &s);
	say(&r, "{\"command\":\"echo\",\"text\":1}\n{\"command\":\"wait\"}\n{\"command\":\"echo\","
		"\"text\":3}\n{\"com");
	read_until(&r, 3);
	say(&r, "mand\":\"echo\",\"text\":4}\n");
	read_until(&r, 4);
	assert_string_equal(r.text,
			    "{\"text\":1}\n{\"said\":\"later\"}\n{\"text\":3}\n{\"text\":4}\n");
	reader_free(&r);
	tear_down(&s);
}

TEST(nonsense_gets_an_error_and_the_connection_stays)
{
	scene s;
	reading r;
	set_up(&s);
	reader(&r, &s);
	say(&r, "hello\n\n[1]\n{\"command\":7}\n{\"command\":\"echo\",\"text\":5}\n");
	read_until(&r, 5);
	assert_int_equal(s.asked, 1);
	assert_non_null(strstr(r.text, "error"));
	assert_non_null(strstr(r.text, "{\"text\":5}\n"));
	reader_free(&r);
	tear_down(&s);
}

TEST(request_that_is_too_long_is_refused_and_hung_up_on)
{
	scene s;
	reading r;
	char *big = malloc(CONTROL_REQUEST_MAX + 1);
	set_up(&s);
	reader(&r, &s);
	memset(big, 'x', CONTROL_REQUEST_MAX);
	big[CONTROL_REQUEST_MAX] = '\0';
	say(&r, big);
	read_until(&r, 0);
	assert_true(r.closed);
	assert_string_equal(r.text, "{\"error\":\"the request is too long\"}\n");
	assert_int_equal(s.asked, 0);
	reader_free(&r);
	free(big);
	tear_down(&s);
}

TEST(request_of_the_greatest_length_is_served)
{
	scene s;
	err e;
	size_t n = CONTROL_REQUEST_MAX - strlen("{\"text\":\"\",\"command\":\"echo\"}\n");
	set_up(&s);
	json_t *r = ask(&s, "echo", long_reply(n), &e);
	assert_int_equal(strlen(text_of(r, "text")), n);
	json_decref(r);
	assert_null(ask(&s, "echo", long_reply(n + 1), &e));
	assert_non_null(strstr(e.text, "too long"));
	tear_down(&s);
}

TEST(reply_of_many_megabytes_arrives_whole_and_a_longer_one_is_refused)
{
	scene s;
	err e;
	set_up(&s);
	s.reply_len = CONTROL_REPLY_MAX - 20;
	json_t *r = ask(&s, "long", NULL, &e);
	assert_int_equal(strlen(text_of(r, "text")), s.reply_len);
	json_decref(r);
	s.reply_len = CONTROL_REPLY_MAX;
	assert_null(ask(&s, "long", NULL, &e));
	assert_string_equal(e.text, "the answer is too long");
	tear_down(&s);
}

TEST(slow_reader_holds_nobody_up)
{
	scene s;
	err e;
	reading r;
	set_up(&s);
	s.reply_len = 4000000;
	reader(&r, &s);
	io_watch_pause(r.w, true); /* reads nothing */
	say(&r, "{\"command\":\"long\"}\n");
	for (int i = 0; i < 3; i++) {
		json_t *quick = ask(&s, "echo", json_pack("{s:i}", "text", i), &e);
		assert_non_null(quick);
		json_decref(quick);
	}
	assert_int_equal(s.asked, 4);
	read_until(&r, 1); /* now it does */
	assert_true(r.n > s.reply_len);
	reader_free(&r);
	tear_down(&s);
}

TEST(caller_beyond_the_greatest_number_is_turned_away)
{
	scene s;
	err e;
	reading r[CONTROL_CALLERS];
	set_up(&s);
	for (unsigned i = 0; i < CONTROL_CALLERS; i++) {
		reader(&r[i], &s);
		say(&r[i], "{\"command\":\"echo\"}\n");
		read_until(&r[i], 1);
	}
	assert_null(ask(&s, "echo", NULL, &e));
	assert_non_null(strstr(e.text, "too many callers"));
	reader_free(&r[0]);
	json_t *ok = NULL;
	while (!ok) /* it takes the daemon a moment to see who left */
		ok = ask(&s, "at once", NULL, &e);
	json_decref(ok);
	for (unsigned i = 1; i < CONTROL_CALLERS; i++)
		reader_free(&r[i]);
	tear_down(&s);
}

/* The only test here that takes its time: CONTROL_IDLE_MS. */
TEST(idle_caller_and_one_that_takes_nothing_are_dropped)
{
	scene s;
	reading idle, stuck;
	set_up(&s);
	s.reply_len = 4000000;
	reader(&stuck, &s);
	io_watch_pause(stuck.w, true);
	say(&stuck, "{\"command\":\"long\"}\n");
	reader(&idle, &s);
	say(&idle, "{\"command\":\"echo\"}\n");
	read_until(&idle, 1); /* the other's answer is on its way: its time began before */
	assert_int_equal(s.asked, 2);
	uint64_t begin = clock_mono_ms();
	read_until(&idle, 0);
	assert_true(idle.closed);
	uint64_t took = clock_mono_ms() - begin;
	assert_true(took >= CONTROL_IDLE_MS - 100);
	read_until(&stuck, 0);
	assert_true(stuck.closed && stuck.n < s.reply_len);
	reader_free(&idle);
	reader_free(&stuck);
	tear_down(&s);
}

TEST(closing_drops_who_waits)
{
	scene s;
	reading r;
	set_up(&s);
	io_timer_free(s.later);
	s.later = NULL;
	reader(&r, &s);
	say(&r, "{\"command\":\"wait\"}\n");
	reading other;
	reader(&other, &s);
	say(&other, "{\"command\":\"echo\"}\n");
	read_until(&other, 1);
	assert_non_null(s.kept);
	reader_free(&other);
	reader_free(&r);
	tear_down(&s);
}

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
	assert_null(control_open(s.l, s.path, handle, &s, &e));
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
	s.c = control_open(s.l, s.path, handle, &s, &e);
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
	bool mine = control_open(io_loop_new(NULL), s->path, handle, s, NULL) != NULL;
	bool told = write(said[1], mine ? "+" : "-", 1) == 1;
	ssize_t ended = read(stay[0], &c, 1);
	_exit(started || ended || !told);
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

TEST(what_is_no_socket_is_left_alone)
{
	scene s;
	err e;
	set_up(&s);
	control_close(s.c);
	assert_true(run("echo precious > %s", s.path));
	assert_null(control_open(s.l, s.path, handle, &s, &e));
	assert_non_null(strstr(e.text, "no socket"));
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
	assert_null(control_open(s.l, path, handle, &s, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_null(control_call(path, "echo", NULL, 1000, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	tear_down(&s);
}

TEST(daemon_that_does_not_answer_is_not_waited_for_beyond_the_time)
{
	scene s;
	err e;
	set_up(&s); /* its loop does not run */
	uint64_t begin = clock_mono_ms();
	assert_null(control_call(s.path, "echo", NULL, 50, &e));
	uint64_t took = clock_mono_ms() - begin;
	assert_true(took >= 50);
	assert_int_equal(e.kind, ERR_PEER);
	assert_non_null(strstr(e.text, "in time"));
	tear_down(&s);
}

RUN(T(request_and_reply_make_a_round_trip), T(reply_may_come_later),
    T(error_reply_becomes_an_error), T(caller_that_gave_up_is_answered_into_the_void),
    T(several_requests_on_one_connection_are_answered_in_turn),
    T(nonsense_gets_an_error_and_the_connection_stays),
    T(request_that_is_too_long_is_refused_and_hung_up_on),
    T(request_of_the_greatest_length_is_served),
    T(reply_of_many_megabytes_arrives_whole_and_a_longer_one_is_refused),
    T(slow_reader_holds_nobody_up), T(caller_beyond_the_greatest_number_is_turned_away),
    T(idle_caller_and_one_that_takes_nothing_are_dropped), T(closing_drops_who_waits),
    T(socket_is_for_the_owner_alone), T(stranger_is_not_heard), T(second_daemon_is_refused),
    T(socket_of_a_dead_daemon_is_taken_over), T(of_many_that_take_over_at_once_one_wins),
    T(what_is_no_socket_is_left_alone), T(socket_that_another_put_there_is_not_unlinked),
    T(path_that_is_too_long_is_an_error),
    T(daemon_that_does_not_answer_is_not_waited_for_beyond_the_time))
