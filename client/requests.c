/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "io/net/now.h"
#include "status_json.h"

static json_t *answer_status(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;
	routing_status protection;
	json_t *status = status_json(r->core, r->carriers, r->identity, io_now());

	(void)request, (void)peer;
	routing_ask(r->routing, &protection);
	json_object_set_new(status, "protection", protection_json(&protection));
	return status;
}

static json_t *answer_paths(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;

	(void)request, (void)peer;
	return paths_json(r->core, r->carriers, io_now());
}

static json_t *answer_roam(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;

	(void)request, (void)peer;
	client_core_roam(r->core, io_now());
	return control_confirmation();
}

/* Answered by requests_close(). */
static json_t *begin_down(void *ctx, const json_t *request, control_peer *peer)
{
	requests *r = ctx;

	(void)request;
	if (r->n_waiting == REQUESTS_WAITING)
		return control_refusal("too many wait already");
	r->waiting[r->n_waiting++] = peer;
	client_core_stop(r->core, io_now());
	return NULL;
}

static const control_command commands[] = {
	{ "status", answer_status },
	{ "paths", answer_paths },
	{ "roam", answer_roam },
	{ "down", begin_down },
	{ NULL, NULL },
};

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, commands, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	for (unsigned i = 0; i < r->n_waiting; i++)
		control_reply(r->waiting[i], control_confirmation());
	control_close(r->control);
}
