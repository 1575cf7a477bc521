/* SPDX-License-Identifier: MIT */
#include "requests.h"

#include <assert.h>

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static json_t *make_listens(const mux_file *c)
{
	json_t *list = json_array();
	char at[ENDPOINT_STRLEN];

	for (unsigned i = 0; i < c->n_listens; i++) {
		const mux_listen *l = &c->listens[i];
		json_array_append_new(list, json_sprintf("%s://%s", listen_kind_name(l->kind),
							 endpoint_format(&l->at, at)));
	}
	return list;
}

static json_t *make_targets(const mux_file *c)
{
	json_t *list = json_array();
	char at[ENDPOINT_STRLEN];

	for (unsigned i = 0; i < c->core.n_targets; i++) {
		const mux_target *t = &c->core.targets[i];
		json_t *o = json_object();
		json_object_set_new(o, "name", json_string(t->name));
		json_object_set_new(o, "address", json_string(endpoint_format(&t->at, at)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *make_tunnels(const mux_counts *c)
{
	static const char *const names[] = { "connect_udp", "websocket", "plain" };
	json_t *o = json_object();

	for (unsigned k = 0; k < MUX_TUNNEL_N_KINDS; k++)
		set_count(o, names[k], c->tunnels.open[k]);
	return o;
}

static json_t *make_refused(const mux_counts *c)
{
	static const char *const names[] = { NULL,      "connections", "rate",
					     "tunnels", "sources",     "full" };

	static_assert(sizeof names / sizeof names[0] == MUX_N_VERDICTS, "name every verdict");
	json_t *o = json_object();

	for (unsigned v = MUX_OK + 1; v < MUX_N_VERDICTS; v++)
		set_count(o, names[v], c->refused[v]);
	return o;
}

static json_t *make_counters(const mux_counts *c)
{
	json_t *o = json_object();

	set_count(o, "connections", c->connections);
	set_count(o, "requests", c->requests);
	set_count(o, "tunnels", c->tunnels.tunnels);
	set_count(o, "up_packets", c->tunnels.up_packets);
	set_count(o, "up_bytes", c->tunnels.up_bytes);
	set_count(o, "down_packets", c->down_packets);
	set_count(o, "down_bytes", c->down_bytes);
	set_count(o, "dropped_slow", c->dropped_slow);
	set_count(o, "dropped_foreign", c->tunnels.dropped_foreign);
	set_count(o, "dropped_unanswered", c->tunnels.dropped_unanswered);
	set_count(o, "not_sent", c->tunnels.not_sent);
	set_count(o, "malformed", c->malformed);
	set_count(o, "target_down", c->target_down);
	set_count(o, "timeouts", c->timeouts);
	set_count(o, "given_up_connections", c->given_up_connections);
	set_count(o, "given_up_tunnels", c->given_up_tunnels);
	return o;
}

static json_t *make_unproven(const mux_counts *c)
{
	json_t *o = json_object();

	set_count(o, "connections", c->unproven_connections);
	set_count(o, "tunnels", c->unproven_tunnels);
	return o;
}

/* 0: no limit. */
static json_t *make_limits(const mux_room_limits *room)
{
	json_t *o = json_object();

	set_count(o, "connections", room->connections);
	set_count(o, "tunnels", room->tunnels);
	set_count(o, "memory", room->memory);
	return o;
}

static json_t *answer_status(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;
	const mux_counts c = mux_core_counts(r->driver->core);
	json_t *o = json_object();

	(void)request, (void)peer;
	json_object_set_new(o, "listen", make_listens(*r->file));
	json_object_set_new(o, "targets", make_targets(*r->file));
	set_count(o, "connections", c.open_connections);
	json_object_set_new(o, "tunnels", make_tunnels(&c));
	set_count(o, "sources", c.sources);
	set_count(o, "memory", c.memory);
	json_object_set_new(o, "unproven", make_unproven(&c));
	json_object_set_new(o, "limits", make_limits(&(*r->file)->core.room));
	json_object_set_new(o, "refused", make_refused(&c));
	json_object_set_new(o, "counters", make_counters(&c));
	json_object_set_new(o, "draining", json_boolean(*r->is_draining));
	return o;
}

static const control_command commands[] = {
	{ "status", answer_status },
	{ NULL, NULL },
};

bool requests_open(requests *r, io_loop *l, const char *path, err *e)
{
	r->control = control_open(l, path, commands, r, e);
	return r->control != NULL;
}

void requests_close(requests *r)
{
	control_close(r->control);
}
