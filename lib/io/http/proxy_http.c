/* SPDX-License-Identifier: MIT */
/* proxy_http.c - HTTP CONNECT (RFC 9110 9.3.6). A challenge is answered over a fresh connection: many
 * proxies close after a 407. */
#include "io/http/proxy.h"
#include "io/net/tcp.h"
#include "io/stream/stream.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST = 4096, WHY = 640 };

struct proxy_http {
	io_loop *loop;
	proxy_wish wish;
	proxy_auth *auth;
	proxy_events ev;
	int fd;
	io_watch *watch;
	http_parser *http;
	const http_head *head;
	bool had_line;
	char request[REQUEST];
	size_t len, sent;
};

static void close_connection(proxy_http *p)
{
	io_watch_free(p->watch);
	http_parser_free(p->http);
	if (p->fd >= 0)
		close(p->fd);
	p->watch = NULL;
	p->http = NULL;
	p->head = NULL;
	p->fd = -1;
}

static void refused(proxy_http *p, proxy_refusal r, const char *why)
{
	close_connection(p);
	p->ev.refused(p->ev.ctx, r, why);
}

static void unreachable(proxy_http *p, const char *what)
{
	char why[WHY];
	snprintf(why, sizeof why, "proxy %s: %s", p->wish.proxy->name, what);
	refused(p, PROXY_UNREACHABLE, why);
}

/* RFC 9112 3.2.3: authority-form, always with the port. */
static void write_request(proxy_http *p)
{
	char to[URL_HOST + 16], line[PROXY_AUTH_LINE];
	const char *form = strchr(p->wish.host, ':') ? "[%s]:%u" : "%s:%u";
	snprintf(to, sizeof to, form, p->wish.host, p->wish.port);
	p->had_line = proxy_auth_line(p->auth, p->wish.proxy, "CONNECT", to, line);
	p->len = (size_t)snprintf(p->request, sizeof p->request,
				  "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", to, to, line);
	p->sent = 0;
	explicit_bzero(line, sizeof line);
}

static bool on_head(void *ctx, const http_head *h)
{
	proxy_http *p = ctx;
	p->head = h;
	return false;
}

static void on_readable(void *ctx);
static void on_writable(void *ctx);

static bool start(proxy_http *p, err *e)
{
	const http_events ev = { .ctx = p, .head = on_head };
	const uplink *up = p->wish.up;
	p->fd = tcp_connect(&p->wish.proxy->at, &up->local.addr, up->name[0] ? up->name : NULL, e);
	if (p->fd < 0)
		return false;
	p->http = http_parser_new(HTTP_RESPONSES, &ev);
	if (!p->http)
		return err_sys(e, ENOMEM, "proxy");
	p->watch = io_watch_new(p->loop, p->fd, on_readable, p, e);
	if (!p->watch)
		return false;
	http_expect(p->http, true);
	write_request(p);
	io_watch_writable(p->watch, on_writable);
	return true;
}

static void again(proxy_http *p)
{
	err e = { 0 };
	close_connection(p);
	if (!start(p, &e))
		unreachable(p, e.text);
}

static int socket_error(int fd)
{
	int code = 0;
	socklen_t n = sizeof code;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n);
	return code;
}

static void on_writable(void *ctx)
{
	proxy_http *p = ctx;
	int code = socket_error(p->fd);
	if (code) {
		unreachable(p, strerror(code));
		return;
	}
	ssize_t n = send(p->fd, p->request + p->sent, p->len - p->sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		unreachable(p, strerror(errno));
		return;
	}
	p->sent += n > 0 ? (size_t)n : 0;
	if (p->sent == p->len) {
		explicit_bzero(p->request, sizeof p->request);
		io_watch_writable(p->watch, NULL);
	}
}

static void through(proxy_http *p)
{
	int fd = p->fd;
	p->fd = -1;
	if (p->had_line)
		proxy_auth_good(p->auth);
	close_connection(p);
	p->ev.through(p->ev.ctx, fd);
}

static void challenged(proxy_http *p)
{
	char why[256];
	if (proxy_auth_take(p->auth, p->wish.proxy, p->head, p->had_line, why))
		again(p);
	else
		refused(p, PROXY_CREDENTIALS, why);
}

static void wrong_credentials(proxy_http *p)
{
	char why[WHY];
	snprintf(why, sizeof why, "proxy %s: wrong user name or password", p->wish.proxy->name);
	refused(p, PROXY_CREDENTIALS, why);
}

static void answered(proxy_http *p, bool more)
{
	char why[WHY];
	unsigned status = http_status(p->head);
	if (status >= 200 && status < 300 && !more)
		through(p);
	else if (status >= 200 && status < 300)
		unreachable(p, "what follows its answer is not the other end's");
	else if (status == 407)
		challenged(p);
	else if (status == 401 && p->had_line) /* tinyproxy's word for it */
		wrong_credentials(p);
	else {
		snprintf(why, sizeof why, "proxy %s refuses CONNECT (%u)", p->wish.proxy->name,
			 status);
		refused(p, PROXY_REFUSED, why);
	}
}

/* The other end, TLS or HTTP, never speaks first: no octets may follow the proxy's head. */
static void on_readable(void *ctx)
{
	proxy_http *p = ctx;
	uint8_t buf[4096];
	ssize_t n = recv(p->fd, buf, sizeof buf, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		unreachable(p, n ? strerror(errno) : "closed the connection");
		return;
	}
	http_result r = http_feed(p->http, buf, (size_t)n);
	if (p->head)
		answered(p, r.used < (size_t)n);
	else if (r.refuse)
		unreachable(p, "does not answer in HTTP");
}

proxy_http *proxy_http_ask(io_loop *l, const proxy_wish *w, proxy_auth *a, const proxy_events *ev,
			   err *e)
{
	proxy_http *p = calloc(1, sizeof *p);
	if (!p) {
		err_sys(e, ENOMEM, "proxy");
		return NULL;
	}
	*p = (proxy_http){ .loop = l, .wish = *w, .auth = a, .ev = *ev, .fd = -1 };
	if (start(p, e))
		return p;
	err_prefix(e, "proxy %s", w->proxy->name);
	proxy_http_free(p);
	return NULL;
}

void proxy_http_free(proxy_http *p)
{
	if (!p)
		return;
	close_connection(p);
	explicit_bzero(p->request, sizeof p->request);
	free(p);
}
