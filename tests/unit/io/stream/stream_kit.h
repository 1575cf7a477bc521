/* SPDX-License-Identifier: MIT */
/* stream_kit.h - a stream to another one on this machine, in the clear or by TLS. */
#ifndef HW_TESTS_STREAM_KIT_H
#define HW_TESTS_STREAM_KIT_H

#include "io/stream/stream_priv.h"
#include "io/net/tcp.h"
#include "base/clock.h"
#include "netns.h"
#include "tls_kit.h"
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct side {
	struct scene *scene;
	stream *s;
	bool open, closed, free_at_data, free_at_open, free_at_writable, pause_at_data, echo;
	char why[128];
	size_t got;
	uint32_t sum;
	size_t to_send, sent; /* octets of a pattern */
	unsigned writables;
	size_t stop_at; /* stops the loop after so many octets; 0: never */
} side;

typedef struct scene {
	tls_kit kit;
	io_loop *l;
	io_timer *patience;
	int listener;
	endpoint at;
	io_watch *watch;
	tls_ctx *server_tls, *client_tls;
	side client, server;
	unsigned ends; /* stops the loop when so many are open, or closed */
	unsigned opened, closes;
	bool timed_out, until_closed;
	err e;
} scene;

static inline void look(scene *s)
{
	if (s->until_closed ? s->closes >= s->ends : s->opened >= s->ends)
		io_loop_stop(s->l);
}

static inline void push(side *k)
{
	uint8_t piece[30000];

	while (k->s && k->sent < k->to_send && !stream_full(k->s)) {
		size_t n =
			k->to_send - k->sent < sizeof(piece) ? k->to_send - k->sent : sizeof(piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = (uint8_t)((k->sent + i) * 7 >> 3);
		stream_write(k->s, piece, n);
		k->sent += n;
	}
}

static inline void drop(side *k)
{
	stream_free(k->s);
	k->s = NULL;
}

static inline void on_open(void *ctx)
{
	side *k = ctx;

	k->open = true;
	k->scene->opened++;
	if (k->free_at_open)
		drop(k);
	push(k);
	look(k->scene);
}

static inline void on_data(void *ctx, uint8_t *p, size_t n)
{
	side *k = ctx;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], (uint8_t)((k->got + i) * 7 >> 3));
	k->got += n;
	if (k->echo)
		stream_write(k->s, p, n < STREAM_WRITE_MAX ? n : STREAM_WRITE_MAX);
	if (k->free_at_data)
		drop(k);
	if (k->pause_at_data)
		stream_pause(k->s, true);
	if (k->free_at_data || (k->stop_at && k->got >= k->stop_at))
		io_loop_stop(k->scene->l);
}

static inline void on_writable(void *ctx)
{
	side *k = ctx;

	k->writables++;
	assert_false(stream_full(k->s));
	if (k->free_at_writable) {
		drop(k);
		io_loop_stop(k->scene->l);
	}
	push(k);
}

static inline void on_closed(void *ctx, const char *why)
{
	side *k = ctx;

	assert_false(k->closed); /* once */
	k->closed = true;
	snprintf(k->why, sizeof(k->why), "%s", why ? why : "ended");
	k->scene->closes++;
	drop(k);
	look(k->scene);
}

static inline stream_events events_of(side *k)
{
	return (stream_events){ k, on_open, on_data, on_writable, on_closed };
}

static inline void on_accept(void *ctx)
{
	scene *s = ctx;
	stream_events ev = events_of(&s->server);
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	assert_null(s->server.s);
	s->server.s = stream_new(s->l, fd, s->server_tls, NULL, &ev, &s->e);
	assert_non_null(s->server.s);
}

static inline void on_patience(void *ctx)
{
	scene *s = ctx;

	s->timed_out = true;
	io_loop_stop(s->l);
}

static inline void set_up(scene *s)
{
	endpoint at = { .addr = ip4(127, 0, 0, 1) };
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);

	memset(s, 0, sizeof(*s));
	s->client.scene = s->server.scene = s;
	assert_true(tls_kit_make(&s->kit));
	s->l = io_loop_new(&s->e);
	s->listener = tcp_listen(&at, &s->e);
	assert_true(s->listener >= 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&ss, &n), 0);
	assert_true(endpoint_from_sockaddr((struct sockaddr *)&ss, &s->at));
	s->watch = io_watch_new(s->l, s->listener, on_accept, s, &s->e);
	s->patience = io_timer_new(s->l, on_patience, s, &s->e);
}

static inline void server_tls(scene *s, const char *cert, const char *key, const char *client_ca)
{
	tls_server_conf c = { cert, key, client_ca, NULL };
	char warning[128];

	s->server_tls = tls_server_new(&c, warning, &s->e);
	assert_non_null(s->server_tls);
}

static inline void client_tls(scene *s, const tls_client_conf *c)
{
	s->client_tls = tls_client_new(c, &s->e);
	if (!s->client_tls)
		print_error("%s\n", s->e.text);
	assert_non_null(s->client_tls);
}

static inline void set_up_tls(scene *s)
{
	set_up(s);
	server_tls(s, s->kit.cert, s->kit.key, NULL);
	client_tls(s, &(tls_client_conf){ .ca = s->kit.ca });
}

static inline void tear_down(scene *s)
{
	stream_free(s->client.s);
	stream_free(s->server.s);
	tls_ctx_free(s->server_tls);
	tls_ctx_free(s->client_tls);
	io_watch_free(s->watch);
	io_timer_free(s->patience);
	io_loop_free(s->l);
	close(s->listener);
	tls_kit_remove(&s->kit);
}

static inline void connect_to(scene *s, const char *name)
{
	stream_events ev = events_of(&s->client);
	int fd = tcp_connect(&s->at, NULL, &s->e);

	assert_true(fd >= 0);
	s->client.s = stream_new(s->l, fd, s->client_tls, name, &ev, &s->e);
	assert_non_null(s->client.s);
	assert_false(s->client.open);
}

static inline bool go(scene *s)
{
	s->timed_out = false;
	io_timer_at(s->patience, clock_mono_ms() + 120000);
	io_loop_run(s->l);
	io_timer_at(s->patience, UINT64_MAX);
	return !s->timed_out;
}

static inline bool open_both(scene *s, const char *name)
{
	s->ends = s->opened + 2;
	s->until_closed = false;
	connect_to(s, name);
	return go(s);
}

static inline bool run_until_closed(scene *s, unsigned ends)
{
	s->until_closed = true;
	s->ends = ends;
	return s->closes >= ends || go(s);
}

static inline void check_transfer(scene *s, const char *name)
{
	enum { MUCH = 20 * 1000 * 1000 };

	s->client.to_send = s->server.to_send = MUCH;
	assert_true(open_both(s, name));
	s->client.stop_at = s->server.stop_at = MUCH;
	while (s->client.got < MUCH || s->server.got < MUCH)
		assert_true(go(s));
	assert_int_equal(s->client.got, MUCH);
	assert_int_equal(s->server.got, MUCH);
	assert_true(s->client.writables > 0);
	assert_int_equal(s->client.s->socket.pend_n, 0);
}

#endif
