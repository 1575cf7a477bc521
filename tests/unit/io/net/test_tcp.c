/* SPDX-License-Identifier: MIT */
#include "io/net/tcp.h"
#include "netns.h"
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int option(int fd, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_return_code(getsockopt(fd, IPPROTO_TCP, name, &value, &n), 0);
	return value;
}

/* A datagram waits for no other, and what the network does not take yet stays with us. */
static void assert_tuned(int fd)
{
	assert_true(option(fd, TCP_NODELAY));
	assert_int_equal(option(fd, TCP_NOTSENT_LOWAT), TCP_NOTSENT);
}

static endpoint name_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	endpoint at;

	assert_return_code(getsockname(fd, (struct sockaddr *)&ss, &n), 0);
	assert_true(endpoint_from_sockaddr((struct sockaddr *)&ss, &at));
	return at;
}

static int listen_at(const char *address, endpoint *at)
{
	err e = { 0 };

	*at = (endpoint){ 0 };
	assert_true(ip_parse(address, &at->addr));
	int listener = tcp_listen(at, &e);
	assert_return_code(listener, 0);
	*at = name_of(listener);
	return listener;
}

static void check_both_ends(const char *address)
{
	err e = { 0 };
	endpoint at;
	int listener = listen_at(address, &at);
	int ours = tcp_connect(&at, NULL, &e);

	assert_return_code(ours, 0);
	struct pollfd p = { listener, POLLIN, 0 };
	assert_int_equal(poll(&p, 1, 60000), 1);
	int theirs = accept(listener, NULL, NULL);
	assert_return_code(theirs, 0);
	assert_tuned(ours);
	assert_tuned(theirs);
	close(theirs);
	close(ours);
	close(listener);
}

TEST(both_ends_send_at_once_and_queue_little)
{
	NEED_NETNS();
	check_both_ends("127.0.0.1");
	check_both_ends("::1");
}

/* The system calls a socket writable while less than half of that is unsent. */
TEST(what_is_unsent_makes_a_socket_full)
{
	NEED_NETNS();
	static const uint8_t zeros[4096];
	err e = { 0 };
	endpoint at;
	int listener = listen_at("127.0.0.1", &at);
	int fd = tcp_connect(&at, NULL, &e), unsent = 0;
	struct pollfd p = { fd, POLLOUT, 0 };
	assert_int_equal(poll(&p, 1, 60000), 1);
	while (poll(&p, 1, 200) == 1) /* nobody reads */
		assert_true(send(fd, zeros, sizeof(zeros), MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
	assert_return_code(ioctl(fd, SIOCOUTQNSD, &unsent), 0);
	assert_in_range(unsent, 1, TCP_NOTSENT);
	close(fd);
	close(listener);
}

TEST(socket_of_an_uplink_has_its_address_device_and_mark)
{
	NEED_NETNS();
	err e = { 0 };
	endpoint at;
	int listener = listen_at("127.0.0.1", &at), mark = 0;
	const uplink up = { .name = "lo", .local = { ip4(127, 0, 0, 7), 8 }, .mark = 153 };
	int fd = tcp_connect(&at, &up, &e);
	char device[16] = "";
	socklen_t n = sizeof mark, n_device = sizeof device;
	endpoint ours;

	assert_return_code(fd, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_MARK, &mark, &n), 0);
	assert_int_equal(mark, 153);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &n_device), 0);
	assert_string_equal(device, "lo");
	assert_true(tcp_local(fd, &ours));
	assert_true(ip_equal(&ours.addr, &up.local.addr));
	close(fd);
	close(listener);
}

RUN(T(socket_of_an_uplink_has_its_address_device_and_mark),
    T(both_ends_send_at_once_and_queue_little), T(what_is_unsent_makes_a_socket_full))
