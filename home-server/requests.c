/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "status_json.h"

#include "io/net/now.h"
#include <stdlib.h>
#include <string.h>

static json_t *refuse(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

static json_t *confirm(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *answer_status(requests *r, const json_t *request, control_peer *peer)
{
	(void)request;
	(void)peer;
	return status_json(r->settings, r->core, r->data, io_now());
}

/* --- what takes its time --- */

typedef struct pending {
	requests *owner;
	control_peer *peer;
} pending;

static void reply(pending *p, json_t *text)
{
	if (p->owner->control)
		control_reply(p->peer, text);
	else
		json_decref(text);
	free(p);
}

static void handle_changed(void *ctx, const err *why)
{
	reply(ctx, why ? refuse(why->text) : confirm());
}

static void handle_reloaded(void *ctx, bool ok)
{
	reply(ctx, ok ? confirm() : refuse("see the server's log"));
}

static pending *make_pending(requests *r, control_peer *peer)
{
	pending *p = malloc(sizeof *p);

	if (p)
		*p = (pending){ r, peer };
	return p;
}

typedef void change_client(clients *c, const char *name, client_changed *done, void *ctx);

static json_t *start_change(requests *r, const json_t *request, control_peer *peer,
			    change_client *change)
{
	const char *name = json_string_value(json_object_get(request, "name"));

	if (!name || !conf_is_name(name))
		return refuse("no client was named");
	pending *p = make_pending(r, peer);
	if (!p)
		return refuse("no memory");
	change(r->clients, name, handle_changed, p);
	return NULL;
}

static json_t *start_load(requests *r, const json_t *request, control_peer *peer)
{
	return start_change(r, request, peer, client_changes_load);
}

static json_t *start_unload(requests *r, const json_t *request, control_peer *peer)
{
	return start_change(r, request, peer, client_changes_unload);
}

static json_t *start_reload(requests *r, const json_t *request, control_peer *peer)
{
	pending *p = make_pending(r, peer);

	(void)request;
	if (!p)
		return refuse("no memory");
	reload_configuration(r->reload, handle_reloaded, p);
	return NULL;
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	static const struct {
		const char *name;
		json_t *(*start)(requests *r, const json_t *request, control_peer *peer);
	} table[] = {
		{ "status", answer_status },
		{ "load", start_load },
		{ "unload", start_unload },
		{ "reload", start_reload },
	};
	err e;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, command) == 0)
			return table[i].start(ctx, request, peer);
	err_set(&e, ERR_USAGE, "unknown command '%.40s'", command);
	return refuse(e.text);
}

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, handle, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	control_close(r->control);
	r->control = NULL;
}
