/* SPDX-License-Identifier: MIT */
#include "io/daemon/control_priv.h"
#include "base/clock.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_BUFFER = 16 * 1024 };

typedef struct call {
	const char *path;
	int fd;
	uint64_t deadline_ms;
	char *reply;
	size_t n, cap;
	err *e;
} call;

static bool connect_failed(const char *path, int why, err *e)
{
	if (why == ENOENT || why == ECONNREFUSED)
		return err_set(e, ERR_SYSTEM,
			       "no daemon answers on %s: start it, or name its socket (--control)",
			       path);
	if (why == EACCES || why == EPERM)
		return err_set(e, ERR_SYSTEM, "%s: no permission: run as root", path);
	return err_sys(e, why, "%s", path);
}

static bool call_connect(call *k)
{
	struct sockaddr_un a;

	if (!control_address(k->path, &a, k->e))
		return false;
	k->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->fd >= 0 && connect(k->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return true;
	return connect_failed(k->path, errno, k->e);
}

static bool wait_for(const call *k, short events)
{
	struct pollfd p = { .fd = k->fd, .events = events };

	for (;;) {
		uint64_t now = clock_mono_ms();
		int r = now < k->deadline_ms ? poll(&p, 1, (int)(k->deadline_ms - now)) : 0;
		if (r > 0)
			return true;
		if (r == 0)
			return err_set(k->e, ERR_PEER, "the daemon on %s does not answer in time",
				       k->path);
		if (errno != EINTR)
			return err_sys(k->e, errno, "%s", k->path);
	}
}

/* A daemon that has too many callers answers and closes without reading: then its answer counts. */
static bool call_send(const call *k, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(k->fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return true;
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return err_sys(k->e, errno, "%s", k->path);
		if (sent < 0 && !wait_for(k, POLLOUT))
			return false;
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

static bool call_request(const call *k, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	bool ok = text ? call_send(k, text, strlen(text)) && call_send(k, "\n", 1)
		       : err_set(k->e, ERR_USAGE, "the request is not JSON");

	free(text);
	return ok;
}

static bool make_room(call *k)
{
	size_t cap = k->cap ? k->cap * 2 : FIRST_BUFFER;

	if (k->n < k->cap)
		return true;
	if (k->cap > CONTROL_REPLY_MAX)
		return err_set(k->e, ERR_LIMIT, "%s: the answer is too long", k->path);
	char *more = realloc(k->reply, cap);
	if (!more)
		return err_sys(k->e, ENOMEM, "%s", k->path), false;
	k->reply = more;
	k->cap = cap;
	return true;
}

static bool call_receive(call *k)
{
	for (;;) {
		if (!make_room(k))
			return false;
		ssize_t n = recv(k->fd, k->reply + k->n, k->cap - k->n, 0);
		if (n < 0 && errno == EAGAIN) {
			if (!wait_for(k, POLLIN))
				return false;
			continue;
		}
		if (n <= 0)
			return err_set(k->e, ERR_PEER, "the daemon on %s hung up without an answer",
				       k->path);
		const char *end = memchr(k->reply + k->n, '\n', (size_t)n);
		k->n += (size_t)n;
		if (end) {
			k->n = (size_t)(end - k->reply);
			return true;
		}
	}
}

static json_t *decode(const call *k)
{
	json_t *reply = json_loadb(k->reply, k->n, JSON_DECODE_ANY, NULL);

	if (!reply) {
		err_set(k->e, ERR_PEER, "the answer on %s is not JSON", k->path);
		return NULL;
	}
	const char *failed = json_string_value(json_object_get(reply, "error"));
	if (!failed)
		return reply;
	err_set(k->e, ERR_PEER, "%s", failed);
	json_decref(reply);
	return NULL;
}

json_t *control_call(const char *path, const char *command, json_t *request, unsigned timeout_ms,
		     err *e)
{
	call k = { .path = path, .fd = -1, .deadline_ms = clock_mono_ms() + timeout_ms, .e = e };
	json_t *reply = NULL;

	if (!request)
		request = json_object();
	if (json_object_set_new(request, "command", json_string(command)) < 0)
		err_set(e, ERR_USAGE, "command '%s'", command);
	else if (call_connect(&k) && call_request(&k, request) && call_receive(&k))
		reply = decode(&k);
	if (k.fd >= 0)
		close(k.fd);
	free(k.reply);
	json_decref(request);
	return reply;
}
