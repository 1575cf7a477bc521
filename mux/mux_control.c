/* SPDX-License-Identifier: MIT */
/* mux_control.c - what `status` asks of the running multiplexer: counts, nothing of who uses it. */
#include "mux.h"

#include <string.h>

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static json_t *listens(const mux *m)
{
	json_t *list = json_array();
	char at[ENDPOINT_STRLEN];

	for (unsigned i = 0; i < m->conf->n_listens; i++) {
		const mux_listen *l = &m->conf->listens[i];
		json_array_append_new(list, json_sprintf("%s://%s", listen_kind_name(l->kind),
							 endpoint_format(&l->at, at)));
	}
	return list;
}

static json_t *targets(const mux *m)
{
	json_t *list = json_array();
	char at[ENDPOINT_STRLEN];

	for (unsigned i = 0; i < m->conf->n_targets; i++) {
		const mux_target *t = &m->conf->targets[i];
		json_t *o = json_object();
		json_object_set_new(o, "name", json_string(t->name));
		json_object_set_new(o, "address", json_string(endpoint_format(&t->at, at)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *tunnels(const mux *m)
{
	static const char *const names[] = { "connect_udp", "websocket", "plain" };
	json_t *o = json_object();

	for (unsigned k = 0; k < TUNNEL_N_KINDS; k++)
		set_count(o, names[k], m->counts.open_tunnels[k]);
	return o;
}

static json_t *refused(const mux *m)
{
	static const char *const names[] = { NULL, "connections", "rate", "tunnels", "sources" };
	json_t *o = json_object();

	for (unsigned v = MUX_OK + 1; v < MUX_N_VERDICTS; v++)
		set_count(o, names[v], mux_guard_refused(m->guard, (mux_verdict)v));
	return o;
}

static json_t *counters(const mux *m)
{
	const mux_counts *c = &m->counts;
	json_t *o = json_object();

	set_count(o, "connections", c->connections);
	set_count(o, "requests", c->requests);
	set_count(o, "tunnels", c->tunnels);
	set_count(o, "up_packets", c->up_packets);
	set_count(o, "up_bytes", c->up_bytes);
	set_count(o, "down_packets", c->down_packets);
	set_count(o, "down_bytes", c->down_bytes);
	set_count(o, "dropped_slow", c->dropped_slow);
	set_count(o, "dropped_unanswered", c->dropped_unanswered);
	set_count(o, "not_sent", c->not_sent);
	set_count(o, "malformed", c->malformed);
	set_count(o, "target_down", c->target_down);
	set_count(o, "timeouts", c->timeouts);
	return o;
}

static json_t *status(const mux *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "listen", listens(m));
	json_object_set_new(o, "targets", targets(m));
	set_count(o, "connections", m->counts.open_connections);
	json_object_set_new(o, "tunnels", tunnels(m));
	set_count(o, "sources", mux_guard_sources(m->guard));
	json_object_set_new(o, "refused", refused(m));
	json_object_set_new(o, "counters", counters(m));
	json_object_set_new(o, "draining", json_boolean(m->drain_end_ms > 0));
	return o;
}

static json_t *handle(void *ctx, const char *command, const json_t *asked, control_peer *peer)
{
	err e;

	(void)asked, (void)peer;
	if (strcmp(command, "status") == 0)
		return status(ctx);
	err_set(&e, ERR_USAGE, "the daemon does not know the command %.40s", command);
	return json_pack("{s:s}", "error", e.text);
}

bool mux_control_open(mux *m, const char *path, err *e)
{
	m->control = control_open(m->loop, path, handle, m, e);
	return m->control != NULL;
}
