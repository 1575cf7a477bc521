/* SPDX-License-Identifier: MIT */
/* shell_control.c - what the other commands ask the daemon. */
#include "shell.h"
#include "status_json.h"

#include <string.h>

static path_detail detail(const void *ctx, uint32_t sock)
{
	const shell_sock *k = sockets_find(ctx, sock);
	if (!k || !k->method)
		return (path_detail){ 0 };
	return (path_detail){ .proxy = *k->proxy ? k->proxy : NULL,
			      .method = k->method,
			      .unverified = *k->unverified ? k->unverified : NULL };
}

static status_source source(const shell *s)
{
	return (status_source){ .core = s->core,
				.identity = s->profile->identity,
				.ctx = s,
				.detail = detail,
				.trouble = s->trouble };
}

static json_t *answer_status(shell *s, control_peer *peer)
{
	const status_source from = source(s);
	(void)peer;
	return status_json(&from, shell_now());
}

static json_t *answer_paths(shell *s, control_peer *peer)
{
	const status_source from = source(s);
	(void)peer;
	return paths_json(&from, shell_now());
}

static json_t *answer_roam(shell *s, control_peer *peer)
{
	(void)peer;
	client_core_roam(s->core, shell_now());
	shell_settle(s);
	return json_pack("{s:b}", "ok", 1);
}

/* Answered when all is put back: shell_answer_waiters(). */
static json_t *answer_down(shell *s, control_peer *peer)
{
	if (s->n_waiters == SHELL_WAITERS)
		return json_pack("{s:s}", "error", "too many wait already");
	s->waiters[s->n_waiters++] = peer;
	client_core_stop(s->core, shell_now());
	shell_settle(s);
	return NULL;
}

json_t *shell_control(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	static const struct {
		const char *name;
		json_t *(*answer)(shell *s, control_peer *peer);
	} table[] = {
		{ "status", answer_status },
		{ "paths", answer_paths },
		{ "roam", answer_roam },
		{ "down", answer_down },
	};
	(void)request;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, command) == 0)
			return table[i].answer(ctx, peer);
	return json_pack("{s:s}", "error", "unknown command");
}

void shell_answer_waiters(shell *s)
{
	for (unsigned i = 0; i < s->n_waiters; i++)
		control_reply(s->waiters[i], json_pack("{s:b}", "ok", 1));
	s->n_waiters = 0;
}
