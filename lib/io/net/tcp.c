/* SPDX-License-Identifier: MIT */
#include "io/net/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum {
	BACKLOG = 4096,
	/* A peer that vanished is noticed after two minutes: a dead zone may last so long, and a tunnel held for
	 * nobody need not last longer. An idle client's echo comes every 25 s by default, so probes are
	 * for those without one, and late, for the sake of their radio. */
	VANISHED_S = 120,
	PROBE_AFTER_S = 90,
	PROBE_EVERY_S = 10,
};

static bool set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

void tcp_congestion(int fd, const char *name)
{
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name));
}

/* Each is optional: a system without BBR carries all the same. */
void tcp_tune(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP_NOTSENT);
	tcp_congestion(fd, "bbr");
}

static int new_socket(const endpoint *at, err *e)
{
	int family = at->addr.len == 16 ? AF_INET6 : AF_INET;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err_sys(e, errno, "TCP socket");
	else
		tcp_tune(fd);
	return fd;
}

static bool bind_to(int fd, const endpoint *at, err *e)
{
	struct sockaddr_storage ss;
	char text[ENDPOINT_STRLEN];
	socklen_t n = endpoint_to_sockaddr(at, &ss);

	return bind(fd, (struct sockaddr *)&ss, n) == 0 ||
	       err_sys(e, errno, "TCP %s", endpoint_format(at, text));
}

static bool set_source(int fd, const uplink *up, err *e)
{
	if (!up)
		return true;
	if (up->mark && !set_int(fd, SOL_SOCKET, SO_MARK, (int)up->mark))
		return err_sys(e, errno, "SO_MARK");
	if (up->name[0] &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, up->name, (socklen_t)strlen(up->name)) < 0)
		return err_sys(e, errno, "binding a TCP socket to %s", up->name);
	if (!up->local.addr.len)
		return true;
	endpoint at = { .addr = up->local.addr };
	set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT,
		1); /* the port is chosen when connecting */
	return bind_to(fd, &at, e);
}

static bool begin_connect(int fd, const endpoint *to, err *e)
{
	struct sockaddr_storage ss;
	char text[ENDPOINT_STRLEN];
	socklen_t n = endpoint_to_sockaddr(to, &ss);

	return connect(fd, (struct sockaddr *)&ss, n) == 0 || errno == EINPROGRESS ||
	       err_sys(e, errno, "TCP to %s", endpoint_format(to, text));
}

int tcp_connect(const endpoint *to, const uplink *up, err *e)
{
	int fd = new_socket(to, e);

	if (fd < 0)
		return -1;
	if (set_source(fd, up, e) && begin_connect(fd, to, e))
		return fd;
	close(fd);
	return -1;
}

/* What is accepted inherits these (tcp(7)): how long what was sent may be unacknowledged, and the silence
 * before a keepalive. */
static void set_keepalive(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, VANISHED_S * 1000);
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EVERY_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, (VANISHED_S - PROBE_AFTER_S) / PROBE_EVERY_S);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int tcp_listen(const endpoint *at, err *e)
{
	char text[ENDPOINT_STRLEN];
	int fd = new_socket(at, e);

	if (fd < 0)
		return -1;
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_keepalive(fd);
	if (at->addr.len == 16)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (bind_to(fd, at, e)) {
		if (listen(fd, BACKLOG) == 0)
			return fd;
		err_sys(e, errno, "TCP %s", endpoint_format(at, text));
	}
	close(fd);
	return -1;
}

bool tcp_peer(int fd, endpoint *out)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	return getpeername(fd, (struct sockaddr *)&ss, &n) == 0 &&
	       endpoint_from_sockaddr((struct sockaddr *)&ss, out);
}

bool tcp_local(int fd, endpoint *out)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;

	return getsockname(fd, (struct sockaddr *)&ss, &n) == 0 &&
	       endpoint_from_sockaddr((struct sockaddr *)&ss, out);
}

int tcp_connect_error(int fd)
{
	int why = 0;
	socklen_t n = sizeof why;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n) < 0 ? errno : why;
}
