/* SPDX-License-Identifier: MIT */
/* muxhostile.c - connections that keep one multiplexer as busy as they can, by the smallest things that it has to look
 * at, and one that measures how long a datagram of another client takes to its target and back.
 *
 *   muxhostile attack MUX:PORT FROM N KIND     N connections from address FROM, until standard input ends
 *   muxhostile measure MUX:PORT FROM COUNT MS  COUNT datagrams MS apart; one JSON object: milliseconds
 *
 * KIND: ping, pong, fragment (WebSocket's frames), capsule (unknown ones), junk (datagrams that are none of ours),
 * esp (such as might be, which nobody answers), request (pipelined), chunk (of a body), trickle (heads, octet by octet),
 * all (each in turn). Answers to `ping` and `request` are not read, those to `ping-read` and `request-read` are. The
 * attack is at the target void, the measurement at home, an echo. Clear HTTP, so that the attacker's own cost is least;
 * no library of ours is in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNS = 1024, EVENTS = 64, BLOCK = 64 * 1024, ESP_LEN = 200 };

static const char upgrade_ws[] = "GET /homeward/void HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
				 "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
				 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
#define CONNECT_UDP(target)                                                                        \
	"GET /.well-known/masque/udp/" target                                                      \
	"/4500/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"                                    \
	"Upgrade: connect-udp\r\nCapsule-Protocol: ?1\r\n\r\n"
static const char upgrade_udp[] = CONNECT_UDP("void"), client_udp[] = CONNECT_UDP("home");
static const char post[] = "POST /homeward/void/00000000000000000000000000000000/up HTTP/1.1\r\n"
			   "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n";

#define OCTETS(text) text, sizeof(text) - 1

/* What begins a connection, and what it says for ever. */
static const struct kind {
	const char *name, *begin;
	size_t begin_n;
	const char *unit;
	size_t unit_n;
	bool by_octet, reads; /* one at a time; the answers */
} kinds[] = {
	{ "ping", OCTETS(upgrade_ws), OCTETS("\x89\x80\1\2\3\4"), false, false },
	{ "ping-read", OCTETS(upgrade_ws), OCTETS("\x89\x80\1\2\3\4"), false, true },
	{ "pong", OCTETS(upgrade_ws), OCTETS("\x8a\x80\1\2\3\4"), false, true },
	{ "fragment", OCTETS(upgrade_ws), OCTETS("\x02\x80\1\2\3\4\x80\x80\1\2\3\4"), false, true },
	{ "capsule", OCTETS(upgrade_udp), OCTETS("\x21\0"), false, true },
	{ "junk", OCTETS(upgrade_udp), OCTETS("\0\2\0x"), false, true },
	{ "esp", OCTETS(upgrade_udp), OCTETS("\0\x25\0ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"), false,
	  true },
	{ "request", OCTETS(""), OCTETS("GET / HTTP/1.1\r\nHost:a\r\n\r\n"), false, false },
	{ "request-read", OCTETS(""), OCTETS("GET / HTTP/1.1\r\nHost:a\r\n\r\n"), false, true },
	{ "chunk", OCTETS(post), OCTETS("1\r\n\0\r\n"), false, true },
	{ "trickle", OCTETS(""), OCTETS("GET / HTTP/1.1\r\nHost:a\r\n\r\n"), true, true },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

typedef struct conn {
	int fd;
	const struct kind *kind;
	char *block; /* units, as many as fit */
	size_t block_n, at;
} conn;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool parse_endpoint(const char *text, struct sockaddr_in *to)
{
	char addr[INET_ADDRSTRLEN];
	unsigned port;

	*to = (struct sockaddr_in){ .sin_family = AF_INET };
	if (sscanf(text, "%15[0-9.]:%u", addr, &port) != 2 || port > UINT16_MAX)
		return false;
	to->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, addr, &to->sin_addr) == 1;
}

static int open_socket(const struct sockaddr_in *mux, const char *from)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && inet_pton(AF_INET, from, &at.sin_addr) == 1 &&
	    bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
	    connect(fd, (const struct sockaddr *)mux, sizeof *mux) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool begins_with_101(int fd)
{
	char head[1024] = "";
	size_t n = 0;

	while (n < sizeof head - 1 && !strstr(head, "\r\n\r\n")) {
		ssize_t r = recv(fd, head + n, 1, 0);
		if (r <= 0)
			return false;
		n += (size_t)r;
		head[n] = '\0';
	}
	return strncmp(head, "HTTP/1.1 101 ", 13) == 0;
}

/* --- attack --- */

static const struct kind *find_kind(const char *name, unsigned i)
{
	if (strcmp(name, "all") == 0)
		return &kinds[i % KINDS];
	for (unsigned k = 0; k < KINDS; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return &kinds[k];
	return NULL;
}

static bool begin(conn *c, const struct kind *k, const struct sockaddr_in *mux, const char *from)
{
	bool upgrades = k->begin == upgrade_ws || k->begin == upgrade_udp;

	*c = (conn){ .kind = k, .fd = open_socket(mux, from), .block = malloc(BLOCK) };
	if (c->fd < 0 || !c->block)
		return false;
	for (; c->block_n + k->unit_n <= BLOCK; c->block_n += k->unit_n)
		memcpy(c->block + c->block_n, k->unit, k->unit_n);
	if (k->begin_n && send(c->fd, k->begin, k->begin_n, 0) != (ssize_t)k->begin_n)
		return false;
	return (!upgrades || begins_with_101(c->fd)) && fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0;
}

/* Through the loop: what was cut off begins again. */
typedef struct attacker {
	const struct sockaddr_in *mux;
	const char *from;
	int epoll;
	unsigned again; /* connections that were cut off */
} attacker;

static bool start(const attacker *a, conn *c, const struct kind *k)
{
	struct epoll_event ev = { .events = EPOLLOUT | (k->reads ? EPOLLIN : 0), .data.ptr = c };

	return begin(c, k, a->mux, a->from) && epoll_ctl(a->epoll, EPOLL_CTL_ADD, c->fd, &ev) == 0;
}

static void start_again(attacker *a, conn *c)
{
	const struct kind *k = c->kind;

	if (c->fd >= 0)
		close(c->fd);
	free(c->block);
	a->again++;
	if (!start(a, c, k) && c->fd >= 0) {
		close(c->fd);
		c->fd = -1;
	}
}

/* False: it was cut off. */
static bool read_away(const conn *c)
{
	char away[BLOCK];
	ssize_t r = 1;

	while (c->kind->reads && r > 0)
		r = recv(c->fd, away, sizeof away, 0);
	return r > 0 || (r < 0 && errno == EAGAIN);
}

/* As much as goes. */
static void go_on(attacker *a, conn *c)
{
	size_t n = c->kind->by_octet ? 1 : c->block_n - c->at;

	if (!read_away(c)) {
		start_again(a, c);
		return;
	}
	ssize_t r = send(c->fd, c->block + c->at, n, MSG_NOSIGNAL);
	if (r > 0)
		c->at = (c->at + (size_t)r) % c->block_n;
	else if (errno != EAGAIN)
		start_again(a, c);
}

static bool input_ended(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static int attack(const struct sockaddr_in *mux, const char *from, unsigned n, const char *name)
{
	static conn conns[CONNS];
	attacker a = { .mux = mux, .from = from, .epoll = epoll_create1(EPOLL_CLOEXEC) };

	if (n > CONNS || !find_kind(name, 0))
		return 2;
	for (unsigned i = 0; i < n; i++)
		if (!start(&a, &conns[i], find_kind(name, i))) {
			perror("muxhostile");
			return 1;
		}
	puts("attacking");
	while (!input_ended()) {
		struct epoll_event ev[EVENTS];
		int got = epoll_wait(a.epoll, ev, EVENTS, 100);
		for (int i = 0; i < got; i++)
			go_on(&a, ev[i].data.ptr);
	}
	printf("{\"begun_again\": %u}\n", a.again);
	return 0;
}

/* --- measure --- */

static bool take(int fd, uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t r = recv(fd, p + at, n - at, 0);
		if (r <= 0)
			return false;
		at += (size_t)r;
	}
	return true;
}

/* One capsule there and back, in milliseconds; below 0: it did not come back. */
static double exchange(int fd, uint32_t number)
{
	uint8_t out[ESP_LEN + 4] = { 0, 0x40 | (ESP_LEN + 1) >> 8, (ESP_LEN + 1) & 0xff, 0 },
			      in[sizeof out];
	double start = now_s();

	memset(out + 4, 0x5a, ESP_LEN); /* begins as ESP does */
	memcpy(out + 8, &number, sizeof number);
	if (send(fd, out, sizeof out, MSG_NOSIGNAL) != sizeof out || !take(fd, in, sizeof in) ||
	    memcmp(in, out, sizeof in) != 0)
		return -1;
	return (now_s() - start) * 1000;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int measure(const struct sockaddr_in *mux, const char *from, unsigned count, unsigned ms)
{
	double *took = calloc(count, sizeof *took);
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	int fd = open_socket(mux, from);

	if (!took || fd < 0 || send(fd, client_udp, sizeof client_udp - 1, 0) < 0 ||
	    !begins_with_101(fd)) {
		perror("muxhostile");
		return 1;
	}
	for (unsigned i = 0; i < count; i++) {
		took[i] = exchange(fd, i);
		if (took[i] < 0) {
			fprintf(stderr, "muxhostile: datagram %u did not come back\n", i);
			return 1;
		}
		nanosleep(&pause, NULL);
	}
	qsort(took, count, sizeof *took, by_size);
	printf("{\"median\": %.3f, \"p95\": %.3f, \"max\": %.3f}\n", took[count / 2],
	       took[(size_t)count * 95 / 100], took[count - 1]);
	free(took);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in mux;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 6 && parse_endpoint(argv[2], &mux)) {
		unsigned n = (unsigned)strtoul(argv[4], NULL, 10);
		if (strcmp(argv[1], "attack") == 0)
			return attack(&mux, argv[3], n, argv[5]);
		if (strcmp(argv[1], "measure") == 0 && n)
			return measure(&mux, argv[3], n, (unsigned)strtoul(argv[5], NULL, 10));
	}
	fprintf(stderr, "usage: muxhostile attack MUX:PORT FROM N KIND\n"
			"       muxhostile measure MUX:PORT FROM COUNT MS\n");
	return 2;
}
