/* SPDX-License-Identifier: MIT */
/* muxload_echo.c - the target of the tunnels: every datagram goes back to where it came from. */
#include "muxload.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ECHO_BUFFER = 8 * 1024 * 1024 };

bool echo_open(load *l)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
	int size = ECHO_BUFFER;

	l->echo_fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return l->echo_fd >= 0 &&
	       bind(l->echo_fd, (struct sockaddr *)&l->echo, sizeof l->echo) == 0 &&
	       setsockopt(l->echo_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) == 0 &&
	       epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->echo_fd, &ev) == 0;
}

void echo_serve(load *l)
{
	struct sockaddr_in from;
	uint8_t p[2048];

	for (;;) {
		socklen_t len = sizeof from;
		ssize_t n = recvfrom(l->echo_fd, p, sizeof p, 0, (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		sendto(l->echo_fd, p, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}
