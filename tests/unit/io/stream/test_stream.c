/* SPDX-License-Identifier: MIT */
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

static void look(scene *s)
{
	if (s->until_closed ? s->closes >= s->ends : s->opened >= s->ends)
		io_loop_stop(s->l);
}

static void push(side *k)
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

static void drop(side *k)
{
	stream_free(k->s);
	k->s = NULL;
}

static void on_open(void *ctx)
{
	side *k = ctx;
	k->open = true;
	k->scene->opened++;
	if (k->free_at_open)
		drop(k);
	push(k);
	look(k->scene);
}

static void on_data(void *ctx, uint8_t *p, size_t n)
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

static void on_writable(void *ctx)
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

static void on_closed(void *ctx, const char *why)
{
	side *k = ctx;
	assert_false(k->closed); /* once */
	k->closed = true;
	snprintf(k->why, sizeof(k->why), "%s", why ? why : "ended");
	k->scene->closes++;
	drop(k);
	look(k->scene);
}

static stream_events events_of(side *k)
{
	return (stream_events){ k, on_open, on_data, on_writable, on_closed };
}

static void on_accept(void *ctx)
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

static void on_patience(void *ctx)
{
	scene *s = ctx;
	s->timed_out = true;
	io_loop_stop(s->l);
}

static void set_up(scene *s)
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

static void server_tls(scene *s, const char *cert, const char *key, const char *client_ca)
{
	tls_server_conf c = { cert, key, client_ca };
	char warning[128];
	s->server_tls = tls_server_new(&c, warning, &s->e);
	assert_non_null(s->server_tls);
}

static void client_tls(scene *s, const tls_client_conf *c)
{
	s->client_tls = tls_client_new(c, &s->e);
	if (!s->client_tls)
		print_error("%s\n", s->e.text);
	assert_non_null(s->client_tls);
}

static void set_up_tls(scene *s)
{
	set_up(s);
	server_tls(s, s->kit.cert, s->kit.key, NULL);
	client_tls(s, &(tls_client_conf){ .ca = s->kit.ca });
}

static void tear_down(scene *s)
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

static void connect_to(scene *s, const char *name)
{
	stream_events ev = events_of(&s->client);
	int fd = tcp_connect(&s->at, NULL, NULL, &s->e);
	assert_true(fd >= 0);
	s->client.s = stream_new(s->l, fd, s->client_tls, name, &ev, &s->e);
	assert_non_null(s->client.s);
	assert_false(s->client.open);
}

static bool go(scene *s)
{
	s->timed_out = false;
	io_timer_at(s->patience, clock_mono_ms() + 120000);
	io_loop_run(s->l);
	io_timer_at(s->patience, UINT64_MAX);
	return !s->timed_out;
}

static bool open_both(scene *s, const char *name)
{
	s->ends = s->opened + 2;
	s->until_closed = false;
	connect_to(s, name);
	return go(s);
}

static bool run_until_closed(scene *s, unsigned ends)
{
	s->until_closed = true;
	s->ends = ends;
	return s->closes >= ends || go(s);
}

static void check_transfer(scene *s, const char *name)
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

TEST(octets_arrive_both_ways_in_the_clear)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	check_transfer(&s, NULL);
	assert_null(s.client.s->socket.tls);
	endpoint peer = stream_peer(s.client.s), local = stream_local(s.server.s);
	assert_true(endpoint_equal(&peer, &s.at));
	assert_true(endpoint_equal(&local, &s.at));
	tear_down(&s);
}

TEST(octets_arrive_both_ways_by_tls)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	check_transfer(&s, "mux.test");
	assert_non_null(s.client.s->socket.tls);
	assert_null(stream_unverified(s.client.s));
	tear_down(&s);
}

/* Who does not read is waited for: little is kept meanwhile, and nothing is lost. */
static void check_back_pressure(scene *s, const char *name)
{
	enum { MUCH = 40 * 1000 * 1000 };
	assert_true(open_both(s, name));
	stream_pause(s->server.s, true);
	s->client.to_send = MUCH;
	push(&s->client);
	io_timer_at(s->patience, clock_mono_ms() + 200);
	io_loop_run(s->l);
	assert_true(stream_full(s->client.s));
	assert_true(s->client.sent < MUCH);
	assert_true(s->client.s->socket.pend_n <= STREAM_WRITE_MAX);
	assert_int_equal(s->server.got, 0);
	s->server.stop_at = MUCH;
	stream_pause(s->server.s, false);
	while (s->server.got < MUCH)
		assert_true(go(s));
}

TEST(who_does_not_read_is_waited_for_in_the_clear)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	check_back_pressure(&s, NULL);
	tear_down(&s);
}

TEST(who_does_not_read_is_waited_for_by_tls)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	check_back_pressure(&s, "mux.test");
	tear_down(&s);
}

/* As the kernel tells it, in 1/256; 0: the system has no BBR. */
static uint32_t bbr_gain(const stream *s)
{
	union tcp_cc_info i;
	socklen_t n = sizeof(i);
	bool ok = getsockopt(s->socket.fd, IPPROTO_TCP, TCP_CC_INFO, &i, &n) == 0;
	return ok && n >= sizeof(i.bbr) ? i.bbr.bbr_cwnd_gain : 0;
}

enum { PROBE_BW = 2 * 256 }; /* more in Startup, less while it probes the round trip */

/* Sends as fast as it can. */
static bool sends_until(scene *s, bool startup)
{
	enum { TRIES = 1000 };
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t gain = bbr_gain(s->client.s);
		if (startup ? gain > PROBE_BW : gain == PROBE_BW)
			return true;
		io_timer_at(s->patience, clock_mono_ms() + 2);
		io_loop_run(s->l);
	}
	return false;
}

TEST(bbr_restarts_when_packets_wait_and_it_is_past_startup)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	assert_true(open_both(&s, NULL));
	if (!bbr_gain(s.client.s)) {
		tear_down(&s);
		skip();
	}
	assert_true(run("tc qdisc add dev lo root tbf rate 50mbit burst 100kb latency 1s"));
	s.client.to_send = SIZE_MAX;
	push(&s.client);
	assert_true(sends_until(&s, false));
	stream_note_wait(s.client.s, BBR_RESTART_WAIT_MS - 1);
	assert_true(bbr_gain(s.client.s) == PROBE_BW);
	stream_note_wait(s.client.s, BBR_RESTART_WAIT_MS);
	assert_true(sends_until(&s, true));
	assert_true(sends_until(&s, false)); /* and goes on */
	tear_down(&s);
}

TEST(pausing_inside_data_keeps_the_rest_for_later)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	s.server.pause_at_data = true;
	s.client.to_send = 300000;
	push(&s.client);
	while (s.server.got < 300000) {
		s.server.stop_at = s.server.got + 1;
		assert_true(go(&s));
		stream_pause(s.server.s, false);
	}
	tear_down(&s);
}

/* All that was written arrives before the end is told, also when it is more than the socket takes. */
static void check_finish(scene *s, const char *name)
{
	assert_true(open_both(s, name));
	stream_pause(s->server.s, true);
	s->client.to_send = 40 * 1000 * 1000;
	push(&s->client);
	assert_true(stream_full(s->client.s));
	stream_finish(s->client.s);
	s->client.s = NULL;
	stream_pause(s->server.s, false);
	assert_true(run_until_closed(s, 1));
	assert_string_equal(s->server.why, "ended");
	assert_int_equal(s->server.got, s->client.sent);
}

TEST(finishing_sends_all_and_then_ends)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	check_finish(&s, NULL);
	tear_down(&s);
}

TEST(finishing_sends_all_and_then_ends_by_tls)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	check_finish(&s, "mux.test");
	tear_down(&s);
}

TEST(finishing_connection_ends_with_its_loop)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	stream_finish(s.client.s); /* waits for the other end, which says nothing */
	s.client.s = NULL;
	tear_down(&s); /* and nothing leaks */
}

TEST(reset_is_told_with_its_reason)
{
	scene s;
	struct linger at_once = { 1, 0 };
	NEED_NETNS();
	set_up(&s);
	s.ends = 1;
	int fd = tcp_connect(&s.at, NULL, NULL, &s.e);
	assert_true(go(&s)); /* the server's end is open */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	assert_true(run_until_closed(&s, 1));
	assert_non_null(strstr(s.server.why, "reset"));
	tear_down(&s);
}

TEST(nobody_listening_is_told)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	io_watch_pause(s.watch, true);
	s.at.port = 9;
	connect_to(&s, NULL);
	assert_true(run_until_closed(&s, 1));
	assert_string_equal(s.client.why, "Connection refused");
	assert_false(s.client.open);
	tear_down(&s);
}

TEST(stream_may_be_freed_in_each_of_its_callbacks)
{
	scene s;
	NEED_NETNS();
	for (int which = 0; which < 3; which++) {
		set_up_tls(&s);
		s.client.free_at_open = which == 0;
		s.server.free_at_data = which == 1;
		s.client.free_at_writable = which == 2;
		s.client.to_send = which == 2 ? 40 * 1000 * 1000 : 100000;
		connect_to(&s, "mux.test");
		s.until_closed = true;
		s.ends = 1;
		assert_true(go(&s));
		assert_true(s.client.free_at_open == !s.client.s || which == 2);
		tear_down(&s);
	}
}

static void refused_by_client(scene *s, const char *name, const char *why)
{
	connect_to(s, name);
	assert_true(run_until_closed(s, 2));
	assert_string_equal(s->client.why, why);
	assert_false(s->client.open);
	tear_down(s);
}

TEST(certificate_for_another_name_is_refused)
{
	scene s;
	NEED_NETNS();
	set_up_tls(&s);
	refused_by_client(&s, "other.test", "certificate is for another name");
	set_up_tls(&s);
	refused_by_client(&s, "127.0.0.2", "certificate is for another name");
	set_up_tls(&s);
	assert_true(open_both(&s, "127.0.0.1"));
	tear_down(&s);
}

TEST(certificate_of_an_unknown_issuer_is_refused)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.other_ca });
	refused_by_client(&s, "mux.test", "certificate of an unknown issuer");
}

TEST(expired_certificate_is_served_with_a_warning_and_refused)
{
	scene s;
	char warning[128];
	NEED_NETNS();
	set_up(&s);
	tls_server_conf c = { s.kit.old_cert, s.kit.old_key, NULL };
	s.server_tls = tls_server_new(&c, warning, &s.e);
	assert_non_null(strstr(warning, "has expired"));
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca });
	refused_by_client(&s, "mux.test", "certificate expired");
}

TEST(carrier_mode_takes_any_certificate_and_says_why_it_would_not)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.other_ca, .carrier = true });
	for (int i = 0; i < 2; i++) { /* the second one resumes */
		s.server.to_send = s.server.stop_at = 0;
		assert_true(open_both(&s, "mux.test"));
		assert_int_equal(SSL_session_reused(s.client.s->socket.tls->ssl), i);
		assert_string_equal(stream_unverified(s.client.s),
				    "certificate of an unknown issuer");
		s.server.to_send = s.client.stop_at = s.server.sent + 100;
		push(&s.server);
		assert_true(go(&s)); /* and the ticket came before */
		drop(&s.client);
		assert_true(run_until_closed(&s, s.closes + 1));
		memset(&s.client, 0, sizeof(s.client));
		memset(&s.server, 0, sizeof(s.server));
		s.client.scene = s.server.scene = &s;
	}
	tear_down(&s);
}

TEST(client_without_a_certificate_is_refused_where_one_is_asked_for)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca });
	connect_to(&s, "mux.test");
	assert_true(run_until_closed(&s, 2));
	assert_string_equal(s.server.why, "TLS: the client shows no certificate");
	assert_string_equal(s.client.why, "TLS: the server asks for a client certificate");
	tear_down(&s);
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, s.kit.ca);
	client_tls(&s, &(tls_client_conf){ .ca = s.kit.ca,
					   .certificate = s.kit.client_cert,
					   .key = s.kit.client_key });
	check_transfer(&s, "mux.test");
	tear_down(&s);
}

TEST(what_is_no_tls_is_said_so)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	server_tls(&s, s.kit.cert, s.kit.key, NULL);
	s.client.to_send = 100;
	connect_to(&s, NULL);
	assert_true(run_until_closed(&s, 1));
	assert_string_equal(s.server.why, "the other end does not speak TLS");
	tear_down(&s);
}

TEST(files_that_are_not_there_are_named)
{
	scene s;
	NEED_NETNS();
	set_up(&s);
	tls_server_conf c = { "/nowhere.crt", s.kit.key, NULL };
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.crt"));
	c = (tls_server_conf){ s.kit.cert, s.kit.old_key, NULL };
	assert_null(tls_server_new(&c, NULL, &s.e));
	c = (tls_server_conf){ s.kit.cert, s.kit.key, "/nowhere.ca" };
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.ca"));
	assert_true(chmod(s.kit.key, 0644) == 0);
	c.client_ca = NULL;
	assert_null(tls_server_new(&c, NULL, &s.e));
	assert_non_null(strstr(s.e.text, s.kit.key));
	tls_client_conf client = { .ca = "/nowhere.pem" };
	assert_null(tls_client_new(&client, &s.e));
	assert_non_null(strstr(s.e.text, "/nowhere.pem"));
	client.ca = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
	assert_null(tls_client_new(&client, &s.e));
	tear_down(&s);
}

TEST(encrypted_key_is_refused_and_nobody_asked_for_its_passphrase)
{
	scene s;
	char file[128];
	NEED_NETNS();
	set_up(&s);
	snprintf(file, sizeof(file), "%s/encrypted.key", s.kit.dir);
	assert_true(run("umask 077; openssl pkey -in %s -aes128 -passout pass:x -out %s", s.kit.key,
			file));
	tls_server_conf server = { s.kit.cert, file, NULL };
	assert_null(tls_server_new(&server, NULL, &s.e));
	assert_non_null(strstr(s.e.text, "encrypted.key: it is encrypted"));
	tls_client_conf client = { .ca = s.kit.ca, .certificate = s.kit.client_cert, .key = file };
	assert_null(tls_client_new(&client, &s.e));
	assert_non_null(strstr(s.e.text, "encrypted.key: it is encrypted"));
	unlink(file);
	tear_down(&s);
}

RUN(T(octets_arrive_both_ways_in_the_clear), T(octets_arrive_both_ways_by_tls),
    T(who_does_not_read_is_waited_for_in_the_clear), T(who_does_not_read_is_waited_for_by_tls),
    T(bbr_restarts_when_packets_wait_and_it_is_past_startup),
    T(pausing_inside_data_keeps_the_rest_for_later), T(finishing_sends_all_and_then_ends),
    T(finishing_sends_all_and_then_ends_by_tls), T(finishing_connection_ends_with_its_loop),
    T(reset_is_told_with_its_reason), T(nobody_listening_is_told),
    T(stream_may_be_freed_in_each_of_its_callbacks), T(certificate_for_another_name_is_refused),
    T(certificate_of_an_unknown_issuer_is_refused),
    T(expired_certificate_is_served_with_a_warning_and_refused),
    T(carrier_mode_takes_any_certificate_and_says_why_it_would_not),
    T(client_without_a_certificate_is_refused_where_one_is_asked_for), T(what_is_no_tls_is_said_so),
    T(files_that_are_not_there_are_named),
    T(encrypted_key_is_refused_and_nobody_asked_for_its_passphrase))
