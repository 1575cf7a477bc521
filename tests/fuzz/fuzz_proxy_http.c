/* SPDX-License-Identifier: MIT */
/* What a web proxy answers to CONNECT, on one connection after the other: the input, cut at octets 0. However
 * it comes in pieces, it is judged the same, once, after a bounded number of questions, each of them one head
 * that says no password. The connections are socket pairs; what the proxy says is written before it reads. */
#include "io/http/proxy.h"
#include "io/net/tcp.h"
#include "io/stream/stream.h"
#include "oracle.h"
#include <sys/socket.h>
#include <unistd.h>

enum { ASKED_MAX = 5, QUESTION = 4096 };

static const char password[] = "pass:word-of-alice";

typedef struct script { /* the proxy's part */
	io_loop *loop;
	const uint8_t *at, *end; /* of what it has still to say */
	size_t piece;
	const uint8_t *say, *said; /* on this connection */
	int fd;
	io_watch *watch;
	unsigned asked, over;
	bool through;
	proxy_refusal refusal;
	char why[1024];
	proxy_http *proxy;
} script;

static script s;

static bool on_question(void *ctx, const http_head *h)
{
	bool *ok = ctx;

	*ok = strcmp(http_method(h), "CONNECT") == 0 &&
	      strcmp(http_target(h), "mux.example:443") == 0;
	return false;
}

/* As far as it was asked before it was answered: in one piece or not at all. */
static void check_question(void)
{
	uint8_t q[QUESTION];
	bool ok = false;
	ssize_t n = recv(s.fd, q, sizeof q, MSG_DONTWAIT);
	http_parser *p =
		http_parser_new(HTTP_REQUESTS, &(http_events){ .ctx = &ok, .head = on_question });

	oracle_check(p != NULL);
	if (n > 0) {
		http_result r = http_feed(p, q, (size_t)n);
		oracle_check(ok && !r.refuse && r.used == (size_t)n);
		oracle_check(!memmem(q, (size_t)n, password, sizeof password - 1));
		oracle_check(s.asked > 1 || !memmem(q, (size_t)n, "Authorization", 13));
	}
	http_parser_free(p);
}

static void hang_up(void)
{
	if (s.fd < 0)
		return;
	check_question();
	io_watch_free(s.watch);
	close(s.fd);
	s.watch = NULL;
	s.fd = -1;
}

static void on_writable(void *ctx)
{
	(void)ctx;
	size_t left = (size_t)(s.said - s.say), n = left < s.piece ? left : s.piece;
	ssize_t sent = n ? send(s.fd, s.say, n, MSG_NOSIGNAL) : 0;

	s.say += sent > 0 ? sent : 0;
	if (sent < 0 || s.say == s.said) {
		shutdown(s.fd, SHUT_WR);
		io_watch_writable(s.watch, NULL);
	}
}

static void on_readable(void *ctx)
{
	(void)ctx; /* looked at when the connection is over */
	io_watch_pause(s.watch, true);
}

/* In place of the library's. */
int tcp_connect(const endpoint *to, const ip_addr *local, const char *device, err *e)
{
	int ends[2];

	oracle_check(to->port == 3128 && local->len == 0 && !device);
	oracle_check(++s.asked <= ASKED_MAX && !s.over);
	hang_up();
	oracle_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	s.fd = ends[0];
	s.watch = io_watch_new(s.loop, s.fd, on_readable, NULL, e);
	oracle_check(s.watch != NULL);
	io_watch_writable(s.watch, on_writable);
	const uint8_t *cut = s.at < s.end ? memchr(s.at, 0, (size_t)(s.end - s.at)) : NULL;
	s.say = s.at;
	s.said = cut ? cut : s.end;
	s.at = cut ? cut + 1 : s.end;
	return ends[1];
}

static void finish(void)
{
	s.over++;
	proxy_http_free(s.proxy);
	s.proxy = NULL;
	io_loop_stop(s.loop);
}

static void on_through(void *ctx, int fd)
{
	(void)ctx;
	oracle_check(fd >= 0 && close(fd) == 0);
	s.through = true;
	finish();
}

static void on_refused(void *ctx, proxy_refusal r, const char *why)
{
	(void)ctx;
	oracle_check(r <= PROXY_CREDENTIALS && strnlen(why, sizeof s.why) < sizeof s.why);
	oracle_check(strncmp(why, "proxy squid:3128", 16) == 0 && !strstr(why, password));
	strcpy(s.why, why);
	s.refusal = r;
	finish();
}

static script ask(const uint8_t *data, size_t n, size_t piece, const carrier_proxy *p)
{
	static io_loop *loop;
	const proxy_events ev = { NULL, on_through, on_refused };
	const uplink up = { 0 };
	const proxy_wish w = { .proxy = p, .up = &up, .host = "mux.example", .port = 443 };
	proxy_auth auth = { 0 };
	err e = { 0 };

	if (!loop)
		loop = io_loop_new(&e);
	oracle_check(loop != NULL);
	s = (script){ .loop = loop, .at = data, .end = data + n, .piece = piece, .fd = -1 };
	s.proxy = proxy_http_ask(loop, &w, &auth, &ev, &e);
	oracle_check(s.proxy != NULL);
	io_loop_run(loop);
	hang_up();
	oracle_check(s.over == 1);
	oracle_check(!s.through || !auth.rounds);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	carrier_proxy p = { .at.port = 3128, .name = "squid:3128" };

	if (n < 2)
		return 0;
	if (data[0] & 1) {
		strcpy(p.user, "alice");
		strcpy(p.password, password);
	}
	script whole = ask(data + 2, n - 2, n, &p);
	script pieces = ask(data + 2, n - 2, 1u + data[1], &p);
	oracle_check(whole.asked == pieces.asked);
	/* What follows a good answer may not have come yet when it is judged. */
	if (!whole.through && !strstr(whole.why, "what follows"))
		oracle_check(!pieces.through && whole.refusal == pieces.refusal);
	return 0;
}
