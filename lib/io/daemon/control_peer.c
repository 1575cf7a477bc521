/* SPDX-License-Identifier: MIT */
/* control_peer.c - one caller: a line in, a line out, in turn. Reading pauses while an answer is
 * outstanding. */
#include "io/daemon/control_priv.h"
#include "base/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct control_peer {
	control *owner;
	control_peer *next;
	int fd;
	io_watch *watch;
	io_timer *idle;
	char *out; /* the reply being written, with its newline; NULL: none */
	size_t out_n, out_at;
	bool awaits_answer; /* from the handler, or later by control_reply() */
	bool handling;      /* the handler runs: the peer must stay until it is back ... */
	bool doomed;        /* ... and goes then; or when all is written */
	size_t in_n;
	char in[CONTROL_REQUEST_MAX];
};

json_t *control_confirmation(void)
{
	return json_pack("{s:b}", "ok", 1);
}

json_t *control_refusal(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

void control_peer_free(control_peer *p)
{
	control_peer **at = &p->owner->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->owner->n_peers--;
	io_watch_free(p->watch);
	io_timer_free(p->idle);
	close(p->fd);
	free(p->out);
	free(p);
}

static void finish(control_peer *p)
{
	if (p->handling)
		p->doomed = true;
	else
		control_peer_free(p);
}

static void still_alive(control_peer *p)
{
	io_timer_at(p->idle, clock_mono_ms() + CONTROL_IDLE_MS);
}

static void forget_reply(control_peer *p)
{
	free(p->out);
	p->out = NULL;
	io_watch_writable(p->watch, NULL);
}

static void on_idle(void *ctx)
{
	finish(ctx);
}

static void next_request(control_peer *p);

static void written(control_peer *p)
{
	forget_reply(p);
	if (p->doomed)
		finish(p);
	else if (!p->handling)
		next_request(p);
}

static void on_writable(void *ctx)
{
	control_peer *p = ctx;

	while (p->out_at < p->out_n) {
		ssize_t n = send(p->fd, p->out + p->out_at, p->out_n - p->out_at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			io_watch_writable(p->watch, on_writable);
			return;
		}
		if (n < 0) {
			forget_reply(p);
			finish(p);
			return;
		}
		p->out_at += (size_t)n;
		still_alive(p);
	}
	written(p);
}

/* One line of at most CONTROL_REPLY_MAX octets, newline included; NULL: too long, or no memory. */
static char *encode(const json_t *reply, size_t *n)
{
	size_t len = json_dumpb(reply, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	char *line = len && len < CONTROL_REPLY_MAX ? malloc(len + 1) : NULL;

	if (!line)
		return NULL;
	json_dumpb(reply, line, len, JSON_COMPACT | JSON_ENCODE_ANY);
	line[len] = '\n';
	*n = len + 1;
	return line;
}

void control_reply(control_peer *p, json_t *reply)
{
	p->awaits_answer = false;
	still_alive(p);
	p->out_at = 0;
	p->out = encode(reply, &p->out_n);
	json_decref(reply);
	if (!p->out) {
		reply = control_refusal("the answer is too long");
		p->out = encode(reply, &p->out_n);
		json_decref(reply);
	}
	if (p->out)
		on_writable(p);
	else
		finish(p);
}

static json_t *refuse_unknown(const char *command)
{
	err e;

	err_set(&e, ERR_USAGE, "unknown command '%.40s'", command);
	return control_refusal(e.text);
}

static void answer(control_peer *p, json_t *request, const char *command)
{
	const control_command *c = p->owner->commands;

	while (c->name && strcmp(c->name, command) != 0)
		c++;
	p->handling = true;
	json_t *reply = c->name ? c->handle(p->owner->ctx, request, p) : refuse_unknown(command);
	json_decref(request);
	if (reply)
		control_reply(p, reply);
	p->handling = false;
}

static void ask(control_peer *p, const char *line, size_t n)
{
	json_error_t why;
	json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, &why);
	const char *command = json_string_value(json_object_get(request, "command"));

	p->awaits_answer = true;
	io_watch_pause(p->watch, true);
	io_timer_at(p->idle, UINT64_MAX);
	if (command) {
		answer(p, request, command);
		return;
	}
	json_decref(request);
	p->handling = true;
	control_reply(p, control_refusal("a request is one line, a JSON object with \"command\""));
	p->handling = false;
}

/* Takes the first line out of in[]. */
static bool one_request(control_peer *p)
{
	char *end = memchr(p->in, '\n', p->in_n);

	if (!end)
		return false;
	size_t n = (size_t)(end - p->in);
	ask(p, p->in, n);
	p->in_n -= n + 1;
	memmove(p->in, end + 1, p->in_n);
	return true;
}

static void too_long(control_peer *p)
{
	p->doomed = true;
	p->in_n = 0;
	io_watch_pause(p->watch, true);
	control_reply(p, control_refusal("the request is too long"));
}

/* Serves what has come until an answer is awaited or stuck in the socket. */
static void next_request(control_peer *p)
{
	while (!p->awaits_answer && !p->out && !p->doomed && one_request(p))
		;
	if (p->doomed && !p->out)
		finish(p);
	else if (!p->awaits_answer && !p->out && p->in_n == sizeof(p->in))
		too_long(p);
	else if (!p->awaits_answer && !p->out) {
		io_watch_pause(p->watch, false);
		still_alive(p);
	}
}

static void on_readable(void *ctx)
{
	control_peer *p = ctx;
	ssize_t n = recv(p->fd, p->in + p->in_n, sizeof(p->in) - p->in_n, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(p);
		return;
	}
	p->in_n += (size_t)n;
	next_request(p);
}

void control_peer_new(control *c, int fd)
{
	control_peer *p = calloc(1, sizeof(*p));

	if (!p) {
		close(fd);
		return;
	}
	p->owner = c;
	p->fd = fd;
	p->next = c->peers;
	c->peers = p;
	c->n_peers++;
	p->watch = io_watch_new(c->loop, fd, on_readable, p, NULL);
	p->idle = io_timer_new(c->loop, on_idle, p, NULL);
	if (!p->watch || !p->idle)
		control_peer_free(p);
	else
		still_alive(p);
}

void control_peer_refuse(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}
