/* SPDX-License-Identifier: MIT */
/* Other ends that send the smallest pieces there are, and owners that write such: the work of an event is bounded. */
#include "stream_kit.h"
#include "base/wire.h"

enum { READS_MAX = 64, RECORDS = 1000, KEY_UPDATES_MAX = 32, PENDING = 256 * 1024 };

static SSL *client_ssl(scene *s)
{
	return s->client.s->socket.tls->ssl;
}

TEST(records_of_an_octet_are_read_a_few_at_an_event)
{
	scene s;
	uint8_t octet;

	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	s.server.pause_at_data = true;
	s.server.stop_at = 1;
	for (unsigned i = 0; i < RECORDS; i++) {
		octet = (uint8_t)(i * 7 >> 3);
		assert_int_equal(SSL_write(client_ssl(&s), &octet, 1), 1);
	}
	assert_true(go(&s));
	assert_in_range(s.server.got, 1, READS_MAX);
	s.server.pause_at_data = false;
	s.server.stop_at = RECORDS;
	stream_pause(s.server.s, false);
	assert_true(go(&s));
	assert_int_equal(s.server.got, RECORDS);
	tear_down(&s);
}

static void update_keys(scene *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(SSL_key_update(client_ssl(s), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(client_ssl(s)), 1);
	}
}

TEST(a_few_key_updates_are_taken)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	update_keys(&s, KEY_UPDATES_MAX);
	s.client.to_send = s.server.stop_at = 1000;
	push(&s.client);
	assert_true(go(&s));
	assert_int_equal(s.server.got, 1000);
	assert_false(s.server.closed);
	tear_down(&s);
}

/* Each costs the reader two derivations; OpenSSL reads as many as there are in one call. */
TEST(key_updates_without_end_end_the_connection)
{
	scene s;

	NEED_NETNS();
	set_up_tls(&s);
	assert_true(open_both(&s, "mux.test"));
	update_keys(&s, KEY_UPDATES_MAX + 100);
	s.until_closed = true;
	s.ends = 1;
	assert_true(go(&s));
	assert_true(s.server.closed);
	assert_string_equal(s.server.why, "too many handshake messages");
	tear_down(&s);
}

TEST(what_waits_is_not_copied_again_for_each_small_write)
{
	stream_socket s = { 0 };
	int fd[2], room = 4096;
	const uint8_t *last = NULL;
	unsigned moves = 0;
	uint8_t two[2], got[4096];
	uint32_t at = 0, n = PENDING / 2;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	s.fd = fd[0];
	for (uint32_t i = 0; i < n; i++) {
		store_be16(two, (uint16_t)i);
		stream_socket_write(&s, two, sizeof two, i > 0);
		moves += s.pending != last;
		last = s.pending;
	}
	assert_false(s.broken);
	assert_true(moves <= 8);
	assert_int_equal(s.pend_n, PENDING);
	stream_socket_write(&s, two, 1, true);
	assert_true(s.broken);
	s.broken = false;
	while (at < n) {
		stream_socket_drain(&s);
		ssize_t r = read(fd[1], got, sizeof got);
		assert_true(r > 0 && r % 2 == 0);
		for (ssize_t i = 0; i < r; i += 2)
			assert_int_equal(load_be16(got + i), (uint16_t)at++);
	}
	assert_null(s.pending);
	stream_socket_free(&s);
	close(fd[0]);
	close(fd[1]);
}

/* Some goes, a little comes: the room does not grow. */
TEST(room_that_was_drained_is_used_again)
{
	stream_socket s = { 0 };
	int fd[2];
	uint8_t piece[1000], got[1000];
	size_t most = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	s.fd = fd[0];
	memset(piece, 1, sizeof piece);
	stream_socket_write(&s, piece, sizeof piece, false);
	for (unsigned i = 0; i < 10000; i++) {
		memset(piece, (int)(i + 2), sizeof piece);
		stream_socket_write(&s, piece, sizeof piece, false);
		s.pend_at += sizeof piece; /* as if so many had gone */
		s.pend_n -= sizeof piece;
		most = s.pend_room > most ? s.pend_room : most;
		assert_memory_equal(s.pending + s.pend_at, piece, sizeof piece);
	}
	assert_true(most <= 8192);
	assert_int_equal(read(fd[1], got, sizeof got), -1);
	stream_socket_free(&s);
	close(fd[0]);
	close(fd[1]);
}

RUN(T(records_of_an_octet_are_read_a_few_at_an_event), T(a_few_key_updates_are_taken),
    T(key_updates_without_end_end_the_connection),
    T(what_waits_is_not_copied_again_for_each_small_write), T(room_that_was_drained_is_used_again))
