/* SPDX-License-Identifier: MIT */
/* proxy_socks.c - SOCKS 4 and 5 by libsocksd (Dante's client library).
 *
 * Theory of operation. The library is made for programs with one proxy: it reads its route file and its
 * environment when it is loaded, ends the program where they are malformed, keeps the user name that worked in
 * a static variable, and blocks. A carrier may meet another proxy on each network. So a child process loads
 * it, one for each connection: the child has an environment of its own, and connects a socket that is also
 * the parent's, which the parent uses when the child has exited with success. The child's log comes through a
 * pipe and holds the reason for a failure. The socket is bound beforehand, so that the child, which reads what
 * a stranger sends, can drop every capability first. */
#include "io/http/proxy_socks.h"
#include "io/daemon/privileges.h"
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

enum { LOG_KEPT = 2048, TIMEOUT_S = 15 };
enum { FD_LOG = 2, FD_SOCKET = 3, FD_ROUTES = 4, FD_ABOVE = 5 }; /* in the child */

struct proxy_socks {
	const carrier_proxy *proxy;
	const carrier_mux *mux;
	const uplink *up;
	proxy_socks_events ev;
	int fd, log_fd;
	io_watch *watch;
	pid_t child;
	char log[LOG_KEPT];
	size_t n;
};

/* ---- in the child ---- */

static void write_routes(int fd, const carrier_proxy *p)
{
	char at[ADDR_STRLEN];
	bool five = p->kind == PROXY_SOCKS5;

	dprintf(fd,
		"errorlog: stderr\nresolveprotocol: fake\ntimeout.connect: %d\n"
		"route {\n from: 0.0.0.0/0 to: 0.0.0.0/0 via: %s port = %u\n command: connect\n"
		" protocol: tcp\n proxyprotocol: %s\n method: none%s\n}\n",
		TIMEOUT_S, ip_format(&p->at.addr, at), p->at.port, five ? "socks_v5" : "socks_v4",
		five && p->user[0] ? " username" : "");
}

static void set_environment(const carrier_proxy *p)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", FD_ROUTES);
	clearenv();
	setenv("SOCKS_CONF", path, 1);
	setenv("SOCKS_AUTOADD_LANROUTES", "no", 1);
	if (p->user[0]) {
		setenv("SOCKS_USERNAME", p->user, 1);
		setenv("SOCKS_PASSWORD", p->password, 1);
	}
}

typedef struct library {
	int (*connect)(int s, const struct sockaddr *to, socklen_t len);
	struct hostent *(*look_up)(const char *name);
} library;

static bool load_library(library *l)
{
	void *so = dlopen("libsocksd.so.0", RTLD_NOW | RTLD_LOCAL);
	void *connect_by = so ? dlsym(so, "Rconnect") : NULL;
	void *look_up = so ? dlsym(so, "Rgethostbyname") : NULL;

	if (!connect_by || !look_up) {
		dprintf(FD_LOG, "libsocksd is missing\n");
		return false;
	}
	memcpy(&l->connect, &connect_by, sizeof connect_by);
	memcpy(&l->look_up, &look_up, sizeof look_up);
	return true;
}

/* SOCKS 4 takes no names. NULL: the multiplexer has no IPv4 address. */
static const endpoint *first_ip4(const carrier_mux *m)
{
	for (unsigned i = 0; i < m->n_addresses; i++)
		if (m->addresses[i].addr.len == 4)
			return &m->addresses[i];
	return NULL;
}

/* A name goes to the proxy as it is: the library makes up an address that stands for it. */
static bool find_target(const library *l, const proxy_socks *p, struct sockaddr_in *to)
{
	struct sockaddr_storage ss;

	if (p->proxy->kind == PROXY_SOCKS4) {
		endpoint at = *first_ip4(p->mux);
		at.port = p->mux->port;
		endpoint_to_sockaddr(&at, &ss);
		memcpy(to, &ss, sizeof *to);
		return true;
	}
	const struct hostent *h = l->look_up(p->mux->host);
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(p->mux->port) };
	if (h)
		memcpy(&to->sin_addr, h->h_addr_list[0], sizeof to->sin_addr);
	return h != NULL;
}

/* Moves them away from the numbers they are to have, then each to its own. */
static bool arrange_descriptors(int log_fd, int fd, int routes)
{
	int high[3], from[3] = { log_fd, fd, routes };

	for (int i = 0; i < 3; i++)
		if ((high[i] = fcntl(from[i], F_DUPFD, 16)) < 0)
			return false;
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], FD_LOG + i) < 0)
			return false;
	return close_range(FD_ABOVE, ~0U, 0) == 0;
}

static _Noreturn void run_child(const proxy_socks *p, int log_fd)
{
	struct sockaddr_in to;
	library l;
	err e;
	int routes = memfd_create("routes", 0); /* a file that needs no directory */

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int signo = 1; signo < NSIG; signo++) /* not the parent's handlers */
		signal(signo, SIG_DFL);
	alarm(TIMEOUT_S + 1);
	if (routes < 0 || !arrange_descriptors(log_fd, p->fd, routes) ||
	    !daemon_drop_privileges(NULL, 0, NULL, NULL, &e))
		_exit(1);
	write_routes(FD_ROUTES, p->proxy);
	set_environment(p->proxy);
	_exit(load_library(&l) && find_target(&l, p, &to) &&
			      l.connect(FD_SOCKET, (struct sockaddr *)&to, sizeof to) == 0
		      ? 0
		      : 1);
}

/* ---- in the parent ---- */

static void report_refusal(proxy_socks *p, carrier_error_rank rank, const char *what)
{
	char why[256];

	snprintf(why, sizeof why, "proxy %.128s%s", p->proxy->name, what);
	p->ev.refused(p->ev.ctx, rank, why);
}

/* By the messages that the library logs about the server. */
static void report_failure(proxy_socks *p)
{
	static const struct {
		const char *message;
		carrier_error_rank rank;
		const char *what;
	} table[] = {
		{ "rejected our username", CARRIER_CREDENTIALS, ": wrong user name or password" },
		{ "authentication methods", CARRIER_CREDENTIALS,
		  " asks for authentication of a kind that it was not offered" },
		{ "ident mismatch", CARRIER_CREDENTIALS, ": wrong user name or password" },
		{ "denied by proxy", CARRIER_REFUSED, " refuses the connection" },
		{ "generic", CARRIER_REFUSED, " refuses the connection" },
		{ "unreachable by proxy", CARRIER_REFUSED, ": can't reach the multiplexer" },
		{ "target refused", CARRIER_REFUSED, ": the multiplexer refused its connection" },
		{ "to target from proxy server timed out", CARRIER_REFUSED,
		  ": can't reach the multiplexer" },
		{ "libsocksd is missing", CARRIER_UNREACHABLE, ": libsocksd is not installed" },
		{ "Connection refused", CARRIER_UNREACHABLE, ": Connection refused" },
		{ "No route to host", CARRIER_UNREACHABLE, ": No route to host" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!strstr(p->log, table[i].message))
			continue;
		bool asks = table[i].rank == CARRIER_CREDENTIALS && !p->proxy->user[0];
		report_refusal(p, table[i].rank,
			       asks ? " asks for a user name and a password" : table[i].what);
		return;
	}
	report_refusal(p, CARRIER_UNREACHABLE, ": does not answer in SOCKS");
}

static void handle_exit(proxy_socks *p)
{
	int status = 0, fd = p->fd;
	pid_t child_pid = p->child;

	p->child = -1;
	io_watch_free(p->watch);
	p->watch = NULL;
	if (waitpid(child_pid, &status, 0) != child_pid || status != 0) {
		report_failure(p);
		return;
	}
	p->fd = -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	p->ev.connected(p->ev.ctx, fd);
}

/* The child's log, as far as there is room; it ends when the child does. */
static void on_log(void *ctx)
{
	proxy_socks *p = ctx;
	char more[512];
	ssize_t n = read(p->log_fd, more, sizeof more);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		handle_exit(p);
		return;
	}
	size_t room = sizeof p->log - 1 - p->n, take = (size_t)n < room ? (size_t)n : room;
	memcpy(p->log + p->n, more, take);
	p->n += take;
}

/* Bound before the library connects it: it connects the socket that it is given. */
static int open_bound_socket(const uplink *up, err *e)
{
	const endpoint from = { .addr = up->local.addr };
	struct sockaddr_storage ss;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		err_sys(e, errno, "socket");
		return -1;
	}
	const char *device = up->name;
	const int mark = (int)up->mark;
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0)
		err_sys(e, errno, "SO_MARK");
	else if (device[0] &&
		 setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0)
		err_sys(e, errno, "binding to %s", device);
	else if (from.addr.len &&
		 bind(fd, (struct sockaddr *)&ss, endpoint_to_sockaddr(&from, &ss)) < 0)
		err_sys(e, errno, "binding to the address of %s", device);
	else
		return fd;
	close(fd);
	return -1;
}

static bool start(proxy_socks *p, io_loop *l, err *e)
{
	int ends[2];

	p->fd = open_bound_socket(p->up, e);
	if (p->fd < 0)
		return false;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "pipe");
	p->log_fd = ends[0];
	p->child = fork();
	if (p->child == 0)
		run_child(p, ends[1]);
	close(ends[1]);
	if (p->child < 0)
		return err_sys(e, errno, "fork");
	p->watch = io_watch_new(l, p->log_fd, on_log, p, e);
	return p->watch != NULL;
}

static bool check_addresses(const proxy_socks *p, err *e)
{
	if (p->proxy->at.addr.len != 4)
		return err_set(e, ERR_USAGE,
			       "libsocksd does not support SOCKS servers at IPv6 addresses");
	if (p->proxy->kind == PROXY_SOCKS4 && !first_ip4(p->mux))
		return err_set(e, ERR_PEER, "SOCKS 4 needs an IPv4 address of the multiplexer");
	return true;
}

proxy_socks *proxy_socks_open(io_loop *l, const carrier_proxy *proxy, const carrier_mux *m,
			      const uplink *up, const proxy_socks_events *ev, err *e)
{
	proxy_socks *p = calloc(1, sizeof *p);

	if (!p) {
		err_sys(e, ENOMEM, "proxy");
		return NULL;
	}
	*p = (proxy_socks){
		.proxy = proxy, .mux = m, .up = up, .ev = *ev, .fd = -1, .log_fd = -1, .child = -1
	};
	if (check_addresses(p, e) && start(p, l, e))
		return p;
	err_prefix(e, "proxy %s", proxy->name);
	proxy_socks_free(p);
	return NULL;
}

void proxy_socks_free(proxy_socks *p)
{
	if (!p)
		return;
	if (p->child > 0) {
		kill(p->child, SIGKILL);
		waitpid(p->child, NULL, 0);
	}
	io_watch_free(p->watch);
	if (p->log_fd >= 0)
		close(p->log_fd);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}
