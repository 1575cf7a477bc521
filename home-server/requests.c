/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "status_json.h"

#include "io/net/now.h"
#include <string.h>

static json_t *answer(bool ok, const err *e)
{
	return ok ? json_pack("{s:b}", "ok", 1) : json_pack("{s:s}", "error", e->text);
}

static json_t *answer_status(requests *r, const json_t *request)
{
	(void)request;
	return status_json(r->settings, r->core, r->data, io_now());
}

static json_t *change_client(requests *r, const json_t *request,
			     bool (*change)(const clients *c, const char *name, err *e))
{
	const char *name = json_string_value(json_object_get(request, "name"));
	err e = { 0 };
	bool ok = name && conf_is_name(name) ? change(r->clients, name, &e)
					     : err_set(&e, ERR_USAGE, "no client was named");

	return answer(ok, &e);
}

static json_t *answer_load(requests *r, const json_t *request)
{
	return change_client(r, request, clients_load);
}

static json_t *answer_unload(requests *r, const json_t *request)
{
	return change_client(r, request, clients_unload);
}

static json_t *answer_reload(requests *r, const json_t *request)
{
	err e = { 0 };

	(void)request;
	return answer(reload_configuration(r->reload) ||
			      err_set(&e, ERR_CONFIG, "see the server's log"),
		      &e);
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	static const struct {
		const char *name;
		json_t *(*answer)(requests *r, const json_t *request);
	} table[] = {
		{ "status", answer_status },
		{ "load", answer_load },
		{ "unload", answer_unload },
		{ "reload", answer_reload },
	};
	err e;

	(void)peer;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, command) == 0)
			return table[i].answer(ctx, request);
	err_set(&e, ERR_USAGE, "unknown command '%.40s'", command);
	return answer(false, &e);
}

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, handle, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	control_close(r->control);
}
