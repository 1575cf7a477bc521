/* SPDX-License-Identifier: MIT */
#include "io/net/udp_sock.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_BUFFER = 4 << 20 };

static bool set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* The FORCE forms pass the system's limit; they need CAP_NET_ADMIN. */
static void grow_buffers(int fd)
{
	if (!set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
		set_int(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (!set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
		set_int(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
}

static bool set_ip4(int fd)
{
	set_int(fd, IPPROTO_IP, IP_RECVERR, 0);
	return set_int(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
	       set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
}

/* PROBE alone lets the kernel fragment what is longer than the link; DONTFRAG makes that
 * EMSGSIZE. */
static bool set_ip6(int fd)
{
	set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 0);
	return set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
	       set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
	       set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE) &&
	       set_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

static bool set_options(const udp_sock *s, const udp_options *o, err *e)
{
	grow_buffers(s->fd);
	set_int(s->fd, IPPROTO_UDP, UDP_GRO, 1); /* without it: one datagram a message */
	if (!(s->family == AF_INET ? set_ip4(s->fd) : set_ip6(s->fd)))
		return err_sys(e, errno, "UDP socket options");
	if (o->reuse && !set_int(s->fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return err_sys(e, errno, "SO_REUSEADDR");
	if (o->mark && !set_int(s->fd, SOL_SOCKET, SO_MARK, (int)o->mark))
		return err_sys(e, errno, "SO_MARK");
	if (o->device && setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, o->device,
				    (socklen_t)strlen(o->device)) < 0)
		return err_sys(e, errno, "binding a UDP socket to %s", o->device);
	return true;
}

static endpoint wanted_local(const udp_options *o)
{
	endpoint local = o->local;

	if (!local.addr.len)
		local.addr = ip4(0, 0, 0, 0);
	return local;
}

static bool bind_local(udp_sock *s, const endpoint *local, err *e)
{
	struct sockaddr_storage ss;
	char text[ENDPOINT_STRLEN];
	socklen_t n = endpoint_to_sockaddr(local, &ss);

	if (bind(s->fd, (struct sockaddr *)&ss, n) < 0)
		return err_sys(e, errno, "UDP %s", endpoint_format(local, text));
	n = sizeof(ss);
	if (getsockname(s->fd, (struct sockaddr *)&ss, &n) < 0)
		return err_sys(e, errno, "UDP %s", endpoint_format(local, text));
	return endpoint_from_sockaddr((struct sockaddr *)&ss, &s->local) ||
	       err_set(e, ERR_SYSTEM, "UDP %s: the socket is bound to another address",
		       endpoint_format(local, text));
}

udp_sock *udp_open(const udp_options *o, err *e)
{
	udp_sock *s = calloc(1, sizeof(*s));

	if (!s) {
		err_sys(e, ENOMEM, "UDP socket");
		return NULL;
	}
	endpoint local = wanted_local(o);
	s->family = local.addr.len == 16 ? AF_INET6 : AF_INET;
	s->fd = socket(s->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		err_sys(e, errno, "UDP socket");
	else if (set_options(s, o, e) && bind_local(s, &local, e))
		return s;
	udp_close(s);
	return NULL;
}

void udp_close(udp_sock *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

int udp_fd(const udp_sock *s)
{
	return s->fd;
}

endpoint udp_local(const udp_sock *s)
{
	return s->local;
}
