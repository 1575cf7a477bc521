/* SPDX-License-Identifier: MIT */
/* muxload.c - load for one multiplexer: many https tunnels by connect-udp, and their target.
 *
 *   muxload MUX:PORT NAME CA PATH ECHO:PORT FIRST SOURCES
 *
 * NAME is in the multiplexer's certificate, CA a file of its authority, PATH the request's;
 * connection i comes from address FIRST + i mod SOURCES. Datagrams to ECHO:PORT, the target, go
 * back. Obeys lines on stdin, and answers each by one JSON object:
 *   open N                    N tunnels, which stay
 *   exchange                  a datagram through each to the target and back
 *   close                     all
 *   rate full|resumed W S     for S seconds: W connections at a time, closed once a tunnel
 *   quit
 */
#include "muxload.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum { AT_ONCE = 64, EVENTS = 64, OPEN_S = 120, EXCHANGE_S = 20 };

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void turn(load *l, int timeout_ms)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(l->epoll, ev, EVENTS, timeout_ms);

	for (int i = 0; i < n; i++) {
		tunnel *t = ev[i].data.ptr;
		if (t)
			tunnel_on_event(l, t);
		else
			echo_serve(l);
	}
}

static void forget_counts(load *l)
{
	l->opened = l->failed = l->resumed = l->answered = l->wrong = 0;
	*l->why = 0;
}

static void close_all(load *l)
{
	for (uint32_t i = 0; i < l->n_max; i++)
		tunnel_close(l, &l->t[i]);
}

static bool make_room(load *l, uint32_t n)
{
	close_all(l);
	free(l->t);
	l->t = calloc(n, sizeof *l->t);
	l->n_max = l->t ? n : 0;
	for (uint32_t i = 0; i < l->n_max; i++)
		l->t[i].fd = -1;
	forget_counts(l);
	return l->t != NULL;
}

static void open_many(load *l, uint32_t n)
{
	double start = now_s();
	uint32_t begun = 0;

	l->resume = false;
	if (!make_room(l, n))
		return;
	while (l->opened + l->failed < n && now_s() - start < OPEN_S) {
		for (; begun < n && begun - l->opened - l->failed < AT_ONCE; begun++)
			tunnel_start(l, &l->t[begun]);
		turn(l, 100);
	}
	printf("{\"open\": %u, \"failed\": %u, \"seconds\": %.3f, \"why\": \"%s\"}\n", l->opened,
	       l->failed, now_s() - start, l->why);
}

static void exchange(load *l)
{
	double start = now_s();
	uint32_t sent = 0;

	forget_counts(l);
	for (uint32_t i = 0; i < l->n_max; i++) {
		sent += tunnel_send(l, &l->t[i]);
		turn(l, 0);
	}
	while (l->answered + l->wrong + l->failed < sent && now_s() - start < EXCHANGE_S)
		turn(l, 100);
	printf("{\"sent\": %u, \"answered\": %u, \"wrong\": %u, \"failed\": %u, \"why\": \"%s\"}\n",
	       sent, l->answered, l->wrong, l->failed, l->why);
}

/* Whatever became a tunnel is closed, what has ended begins again. */
static void renew(load *l)
{
	for (uint32_t i = 0; i < l->n_max; i++) {
		if (l->t[i].state == TUNNEL_OPEN)
			tunnel_close(l, &l->t[i]);
		if (l->t[i].state == TUNNEL_NONE)
			tunnel_start(l, &l->t[i]);
	}
}

static void measure_rate(load *l, bool resume, uint32_t at_once, double seconds)
{
	l->resume = resume;
	if (!make_room(l, at_once))
		return;
	double start = now_s(), took = 0;
	while (took < seconds) {
		renew(l);
		turn(l, 100);
		took = now_s() - start;
	}
	printf("{\"tunnels\": %u, \"resumed\": %u, \"failed\": %u, \"seconds\": %.3f, "
	       "\"per_s\": %.1f, \"why\": \"%s\"}\n",
	       l->opened, l->resumed, l->failed, took, l->opened / took, l->why);
	close_all(l);
}

static bool obey(load *l, const char *line)
{
	unsigned n;
	char how[16];
	double seconds;

	if (sscanf(line, "open %u", &n) == 1 && n)
		open_many(l, n);
	else if (strcmp(line, "exchange\n") == 0)
		exchange(l);
	else if (sscanf(line, "rate %15s %u %lf", how, &n, &seconds) == 3 && n)
		measure_rate(l, strcmp(how, "resumed") == 0, n, seconds);
	else if (strcmp(line, "close\n") == 0)
		make_room(l, 1), printf("{}\n");
	else
		return false;
	return true;
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

static bool parse(load *l, char **argv)
{
	struct in_addr first;

	l->name = argv[2];
	l->path = argv[4];
	if (!parse_endpoint(argv[1], &l->mux) || !parse_endpoint(argv[5], &l->echo) ||
	    inet_pton(AF_INET, argv[6], &first) != 1)
		return false;
	l->first = ntohl(first.s_addr);
	l->sources = (uint32_t)strtoul(argv[7], NULL, 10);
	return l->sources > 0;
}

static bool prepare(load *l, const char *ca)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll >= 0 && tls_prepare(l, ca) && echo_open(l);
}

int main(int argc, char **argv)
{
	load l = { 0 };
	char line[80];

	if (argc != 8 || !parse(&l, argv)) {
		fprintf(stderr, "usage: muxload MUX:PORT NAME CA PATH ECHO:PORT FIRST SOURCES\n");
		return 2;
	}
	if (!prepare(&l, argv[3])) {
		perror("muxload");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0)
		if (!obey(&l, line))
			fprintf(stderr, "muxload: what is '%.40s'?\n", line);
	make_room(&l, 1);
	free(l.t);
	tls_done(&l);
	return 0;
}
