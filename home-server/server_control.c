/* SPDX-License-Identifier: MIT */
/* server_control.c - what the other commands ask of the running daemon. */
#include "server.h"

#include <string.h>

static json_t *outcome(bool ok, const err *e)
{
	return ok ? json_pack("{s:b}", "ok", 1) : json_pack("{s:s}", "error", e->text);
}

static json_t *with_name(server *s, const json_t *request,
			 bool (*act)(server *s, const char *name, err *e))
{
	const char *name = json_string_value(json_object_get(request, "name"));
	err e = { 0 };

	bool ok = name && conf_is_name(name) ? act(s, name, &e)
					     : err_set(&e, ERR_USAGE, "no client was named");
	server_flush(s);
	server_arm(s);
	return outcome(ok, &e);
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	server *s = ctx;
	err e;

	(void)peer;
	if (strcmp(command, "status") == 0)
		return server_status(s);
	if (strcmp(command, "load") == 0)
		return with_name(s, request, server_client_load);
	if (strcmp(command, "unload") == 0)
		return with_name(s, request, server_client_unload);
	if (strcmp(command, "reload") == 0) {
		bool ok = server_reload(s);
		if (!ok)
			err_set(&e, ERR_CONFIG, "see the server's log");
		return outcome(ok, &e);
	}
	err_set(&e, ERR_USAGE, "unknown command '%.40s'", command);
	return outcome(false, &e);
}

bool server_control_open(server *s, const char *path, err *e)
{
	s->control = control_open(s->loop, path, handle, s, e);
	return s->control != NULL;
}
