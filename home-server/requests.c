/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "status_json.h"

#include "io/net/now.h"
#include <stdlib.h>

static json_t *answer_status(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;

	(void)request, (void)peer;
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
	reply(ctx, why ? control_refusal(why->text) : control_confirmation());
}

static void handle_reloaded(void *ctx, bool ok)
{
	reply(ctx, ok ? control_confirmation() : control_refusal("see the server's log"));
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
		return control_refusal("no client was named");
	pending *p = make_pending(r, peer);
	if (!p)
		return control_refusal("no memory");
	change(r->clients, name, handle_changed, p);
	return NULL;
}

static json_t *start_load(void *ctx, const json_t *request, control_peer *peer)
{
	return start_change(ctx, request, peer, client_changes_load);
}

static json_t *start_unload(void *ctx, const json_t *request, control_peer *peer)
{
	return start_change(ctx, request, peer, client_changes_unload);
}

static json_t *start_reload(void *ctx, const json_t *request, control_peer *peer)
{
	requests *r = ctx;
	pending *p = make_pending(r, peer);

	(void)request;
	if (!p)
		return control_refusal("no memory");
	reload_configuration(r->reload, handle_reloaded, p);
	return NULL;
}

static const control_command commands[] = {
	{ "status", answer_status }, { "load", start_load }, { "unload", start_unload },
	{ "reload", start_reload },  { NULL, NULL },
};

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, commands, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	control_close(r->control);
	r->control = NULL;
}
