/* SPDX-License-Identifier: MIT */
/* control_kit.h - a daemon's control socket in a directory of its own, and those who call it. */
#ifndef HW_TESTS_CONTROL_KIT_H
#define HW_TESTS_CONTROL_KIT_H

#include "base/clock.h"
#include "io/daemon/control.h"
#include "netns.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
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

static inline void answer_later(void *ctx)
{
	scene *s = ctx;

	control_reply(s->kept, json_pack("{s:s}", "said", "later"));
	s->kept = NULL;
}

static inline json_t *long_reply(size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, 'x', n);
	text[n] = '\0';
	json_t *r = json_pack("{s:o}", "text", json_stringn_nocheck(text, n));
	free(text);
	return r;
}

static inline json_t *echo(void *ctx, const json_t *request, control_peer *peer)
{
	scene *s = ctx;

	(void)peer;
	s->asked++;
	return json_pack("{s:O?}", "text", json_object_get(request, "text"));
}

static inline json_t *fail_it(void *ctx, const json_t *request, control_peer *peer)
{
	scene *s = ctx;

	(void)request, (void)peer;
	s->asked++;
	return control_refusal("that can't be done");
}

static inline json_t *reply_at_length(void *ctx, const json_t *request, control_peer *peer)
{
	scene *s = ctx;

	(void)request, (void)peer;
	s->asked++;
	return long_reply(s->reply_len);
}

static inline json_t *reply_within(void *ctx, const json_t *request, control_peer *peer)
{
	scene *s = ctx;

	(void)request;
	s->asked++;
	control_reply(peer, json_pack("{s:s}", "said", "at once"));
	return NULL;
}

static inline json_t *keep(void *ctx, const json_t *request, control_peer *peer)
{
	scene *s = ctx;

	(void)request;
	s->asked++;
	s->kept = peer;
	if (s->later)
		io_timer_at(s->later, clock_mono_ms() + 20);
	return NULL;
}

static const control_command commands[] = {
	{ "echo", echo },
	{ "fail", fail_it },
	{ "long", reply_at_length },
	{ "at once", reply_within },
	{ "wait", keep },
	{ NULL, NULL },
};

static inline void set_up(scene *s)
{
	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/hw-control-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->path, sizeof(s->path), "%s/sub/x.sock", s->dir);
	s->l = io_loop_new(&s->e);
	s->c = control_open(s->l, s->path, commands, s, &s->e);
	assert_non_null(s->c);
	s->later = io_timer_new(s->l, answer_later, s, &s->e);
}

static inline void tear_down(scene *s)
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

static inline void *call(void *arg)
{
	caller *k = arg;
	uint64_t one = 1;

	k->reply = control_call(k->s->path, k->command, k->request, 60000, &k->e);
	return write(k->done, &one, sizeof(one)) == sizeof(one) ? k : NULL;
}

static inline void stop(void *ctx)
{
	caller *k = ctx;

	io_watch_pause(k->watch, true);
	io_loop_stop(k->s->l);
}

static inline json_t *ask(scene *s, const char *command, json_t *request, err *e)
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

static inline const char *text_of(const json_t *reply, const char *key)
{
	const char *text = json_string_value(json_object_get(reply, key));

	return text ? text : "";
}

/* Descriptors for callers that misbehave. */
static inline int connect_to(const scene *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path, s->path, strlen(s->path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

#endif
