/* SPDX-License-Identifier: MIT */
/* netlink.h - just enough of rtnetlink (RFC 3549): a request built with its attributes, answered by one
 * acknowledgement or a dump, messages and attributes read with checked lengths.
 * Host byte order. Private to lib/io. Functions that return int give 0 or an errno value. */
#ifndef HW_IO_NET_NETLINK_H
#define HW_IO_NET_NETLINK_H

#include "base/addr.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

enum { NL_REQUEST_MAX = 512, NL_BUFFER = 64 * 1024 };

typedef struct nl_sock {
	int fd;
	uint32_t seq;
	uint8_t *buf; /* NL_BUFFER */
} nl_sock;
bool nl_open(nl_sock *s, uint32_t groups, bool nonblocking, err *e);
void nl_close(nl_sock *s);

/* A request. What doesn't fit makes it bad, and nl_ask() or nl_dump() then refuses it
 * (EMSGSIZE). */
typedef struct nl_request {
	_Alignas(4) uint8_t b[NL_REQUEST_MAX];
	size_t n;
	bool bad;
} nl_request;
void nl_begin(nl_request *r, uint16_t type, uint16_t flags, const void *body, size_t n);
void nl_put(nl_request *r, uint16_t attr, const void *p, size_t n);
void nl_put_u32(nl_request *r, uint16_t attr, uint32_t v);
void nl_put_addr(nl_request *r, uint16_t attr, const ip_addr *a); /* none: nothing */
size_t nl_open_nest(nl_request *r, uint16_t attr);
void nl_close_nest(nl_request *r, size_t at);

typedef struct nl_cursor {
	const uint8_t *p;
	size_t n;
} nl_cursor;
typedef struct nl_message {
	uint16_t type, flags;
	uint32_t seq;
	nl_cursor body;
} nl_message;
typedef struct nl_attr {
	uint16_t type; /* without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	nl_cursor value;
} nl_attr;
bool nl_next_message(nl_cursor *c, nl_message *out); /* false: at the end, or malformed */
bool nl_next_attr(nl_cursor *c, nl_attr *out);
bool nl_body(const nl_message *m, void *out, size_t n, nl_cursor *attrs); /* the fixed part */
uint32_t nl_u32(const nl_attr *a); /* 0 when it is no 32-bit value */
ip_addr nl_addr(const nl_attr *a); /* none when it is no address */

/* Sends it, waits for the acknowledgement. */
int nl_ask(nl_sock *s, nl_request *r);
/* Sends it as a dump, calls each() for every message of the answer. EAGAIN: what was being
 * dumped changed meanwhile; forget what came and ask again. */
typedef void nl_each(void *ctx, const nl_message *m);
int nl_dump(nl_sock *s, nl_request *r, nl_each *each, void *ctx);
/* The next datagram from the kernel, into s->buf: its messages in *out. ENOBUFS: some were lost. */
int nl_receive(nl_sock *s, nl_cursor *out);

/* Of one notification, as netmon_drain() adds them up (netmon.c); for tests: no wireless link is needed. */
unsigned netmon_news(const nl_message *m, uint32_t except);

static inline uint8_t nl_family(const ip_addr *a)
{
	return a->len == 16 ? AF_INET6 : AF_INET;
}

#endif
