/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "io/net/now.h"
#include "status_json.h"

#include <string.h>

static json_t *answer_status(requests *r, control_peer *peer)
{
	(void)peer;
	return status_json(r->core, r->carriers, r->identity, io_now());
}

static json_t *answer_paths(requests *r, control_peer *peer)
{
	(void)peer;
	return paths_json(r->core, r->carriers, io_now());
}

static json_t *answer_roam(requests *r, control_peer *peer)
{
	(void)peer;
	client_core_roam(r->core, io_now());
	return json_pack("{s:b}", "ok", 1);
}

/* Answered by requests_close(). */
static json_t *begin_down(requests *r, control_peer *peer)
{
	if (r->n_waiting == REQUESTS_WAITING)
		return json_pack("{s:s}", "error", "too many wait already");
	r->waiting[r->n_waiting++] = peer;
	client_core_stop(r->core, io_now());
	return NULL;
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	static const struct {
		const char *name;
		json_t *(*answer)(requests *r, control_peer *peer);
	} table[] = {
		{ "status", answer_status },
		{ "paths", answer_paths },
		{ "roam", answer_roam },
		{ "down", begin_down },
	};

	(void)request;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strcmp(table[i].name, command) == 0)
			return table[i].answer(ctx, peer);
	return json_pack("{s:s}", "error", "unknown command");
}

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, handle, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	for (unsigned i = 0; i < r->n_waiting; i++)
		control_reply(r->waiting[i], json_pack("{s:b}", "ok", 1));
	control_close(r->control);
}
