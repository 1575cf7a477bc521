/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include "io/net/now.h"
#include "io/net/tcp.h"
#include "web_link.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_BURST = 8, OUT_OF_DESCRIPTORS_MS = 100 };

static void take(const listener *l, int fd, const struct sockaddr *sa)
{
	const listeners *all = l->all;
	mux_conn_kind kind = l->kind == LISTEN_FCGI ? MUX_CONN_FCGI : MUX_CONN_HTTP;
	endpoint from;

	if (endpoint_from_sockaddr(sa, &from))
		web_link_accept(all->driver, fd, &from.addr, kind,
				l->kind == LISTEN_HTTPS ? all->tls : NULL);
	else
		close(fd);
}

static void pause_all(const listeners *l, bool paused)
{
	for (unsigned i = 0; i < l->n; i++)
		io_watch_pause(l->list[i].watch, paused);
}

static void on_resume(void *ctx)
{
	pause_all(ctx, false);
}

/* Connections that wait keep the sockets readable: without a pause the loop would do nothing else. */
static void pause_for_descriptors(listeners *l, int error)
{
	uint64_t now = io_now().ms;

	if (rate_take(&l->limit, now))
		log_error(l->log, "accepting a connection: %s", strerror(error));
	pause_all(l, true);
	io_timer_at(l->resume, now + OUT_OF_DESCRIPTORS_MS);
}

static void on_connection(void *ctx)
{
	listener *l = ctx;

	for (int i = 0; i < ACCEPT_BURST; i++) {
		struct sockaddr_storage ss;
		socklen_t n = sizeof ss;
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take(l, fd, (struct sockaddr *)&ss);
			continue;
		}
		int error = errno;
		if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS)
			pause_for_descriptors(l->all, error);
		if (error != ECONNABORTED && error != EINTR)
			return;
	}
}

static bool open_one(listeners *all, const mux_listen *c, err *e)
{
	listener *l = &all->list[all->n];

	*l = (listener){ .all = all, .kind = c->kind };
	l->fd = tcp_listen(&c->at, e);
	if (l->fd < 0)
		return err_prefix(e, "listen %s", listen_kind_name(c->kind));
	all->n++;
	l->watch = io_watch_new(all->driver->loop, l->fd, on_connection, l, e);
	return l->watch != NULL;
}

bool listeners_open(listeners *l, driver *d, const mux_file *c, tls_ctx *tls, const logger *log,
		    err *e)
{
	*l = (listeners){
		.driver = d, .log = log, .tls = tls, .limit = { .per_s = 2, .burst = 20 }
	};
	l->resume = io_timer_new(d->loop, on_resume, l, e);
	if (!l->resume)
		return false;
	for (unsigned i = 0; i < c->n_listens; i++)
		if (!open_one(l, &c->listens[i], e))
			return false;
	return true;
}

void listeners_close(listeners *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		io_watch_free(l->list[i].watch);
		close(l->list[i].fd);
	}
	l->n = 0;
	io_timer_free(l->resume);
	l->resume = NULL;
}

bool listeners_have(const listeners *l, listen_kind k)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->list[i].kind == k)
			return true;
	return false;
}

void listeners_set_tls(listeners *l, tls_ctx *tls)
{
	l->tls = tls;
}
