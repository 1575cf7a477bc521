/* SPDX-License-Identifier: MIT */
/* listener.c - listening sockets, and who may connect. */
#include "mux.h"
#include "io/net/tcp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_BURST = 64, OUT_OF_DESCRIPTORS_MS = 100 };

void mux_note(mux *m, const ip_addr *from, const char *what, const char *why)
{
	char a[ADDR_STRLEN];

	if (rate_take(&m->trouble, mux_now()))
		log_info(&m->log, "%s: %s%s%s", ip_format(from, a), what, why ? ": " : "",
			 why ? why : "");
}

static bool admitted(mux *m, const ip_addr *from, mux_client *who)
{
	*who = (mux_client){ .from = *from };
	if (mux_file_is_proxy(m->conf, from))
		return true;
	mux_verdict v = mux_guard_connect(m->guard, mux_now(), from, &who->source);
	if (v != MUX_OK)
		mux_note(m, from, "refused", mux_verdict_text(v));
	return v == MUX_OK;
}

static void welcome(mux_listener *l, int fd, const struct sockaddr *sa)
{
	mux *m = l->m;
	endpoint from;
	mux_client who;

	if (!endpoint_from_sockaddr(sa, &from)) {
		close(fd);
		return;
	}
	m->counts.connections++;
	if (l->kind == LISTEN_FCGI)
		fcgi_new(m, fd, &from.addr);
	else if (admitted(m, &from.addr, &who))
		conn_new(m, l->kind, fd, &who);
	else
		close(fd);
}

static void pause_all(mux *m, bool paused)
{
	for (unsigned i = 0; i < m->n_listeners; i++)
		io_watch_pause(m->listeners[i].watch, paused);
}

static void on_accept_again(void *ctx)
{
	pause_all(ctx, false);
}

/* Those that wait are level-triggered: without a rest the loop would do nothing else. */
static void out_of_descriptors(mux *m, int why)
{
	if (rate_take(&m->trouble, mux_now()))
		log_error(&m->log, "accepting a connection: %s", strerror(why));
	pause_all(m, true);
	due_in(m, &m->accept_again, OUT_OF_DESCRIPTORS_MS);
}

static void on_connection(void *ctx)
{
	mux_listener *l = ctx;

	for (int i = 0; i < ACCEPT_BURST; i++) {
		struct sockaddr_storage ss;
		socklen_t n = sizeof ss;
		int fd = accept4(l->fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			welcome(l, fd, (struct sockaddr *)&ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			out_of_descriptors(l->m, errno);
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static bool open_one(mux *m, const mux_listen *c, err *e)
{
	mux_listener *l = &m->listeners[m->n_listeners];

	*l = (mux_listener){ .m = m, .kind = c->kind };
	l->fd = tcp_listen(&c->at, e);
	if (l->fd < 0)
		return err_prefix(e, "listen %s", listen_kind_name(c->kind));
	m->n_listeners++;
	l->watch = io_watch_new(m->loop, l->fd, on_connection, l, e);
	return l->watch != NULL;
}

bool listeners_open(mux *m, err *e)
{
	m->accept_again = (due){ .fire = on_accept_again, .ctx = m };
	for (unsigned i = 0; i < m->conf->n_listens; i++)
		if (!open_one(m, &m->conf->listens[i], e))
			return false;
	return true;
}

void listeners_close(mux *m)
{
	due_set(m, &m->accept_again, UINT64_MAX);
	for (unsigned i = 0; i < m->n_listeners; i++) {
		io_watch_free(m->listeners[i].watch);
		close(m->listeners[i].fd);
	}
	m->n_listeners = 0;
}

/* Who asks for certificates and listens in the clear as well should know that the latter asks nobody. */
static void look_at_client_ca(const mux_file *c, const logger *log)
{
	if (c->client_ca && mux_file_has(c, LISTEN_HTTP))
		log_warn(log, "client_ca is for https: who comes by http shows no certificate");
}

tls_ctx *mux_load_tls(const mux_file *c, const logger *log, err *e)
{
	const tls_server_conf conf = { c->certificate, c->key, c->client_ca };
	char warning[128];

	*e = (err){ 0 };
	if (!mux_file_has(c, LISTEN_HTTPS))
		return NULL;
	tls_ctx *t = tls_server_new(&conf, warning, e);
	if (t && *warning)
		log_warn(log, "%s: clients will refuse it", warning);
	if (t)
		look_at_client_ca(c, log);
	return t;
}
