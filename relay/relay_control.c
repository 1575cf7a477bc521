/* SPDX-License-Identifier: MIT */
/* relay_control.c - what `status` asks of the running relay: addresses and counts, no key. */
#include "relay.h"

#include <string.h>

enum { VISITORS_LISTED = 1000 };

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static void each(void *ctx, const relay_visitor_status *v)
{
	json_t *list = ctx, *o = json_object();
	char at[ENDPOINT_STRLEN];

	if (json_array_size(list) >= VISITORS_LISTED) {
		json_decref(o);
		return;
	}
	json_object_set_new(o, "client", json_string(endpoint_format(&v->client, at)));
	set_count(o, "port", v->port);
	set_count(o, "lifetime_s", v->lifetime_s);
	set_count(o, "up_bytes", v->up_bytes);
	set_count(o, "down_bytes", v->down_bytes);
	json_array_append_new(list, o);
}

static json_t *home(const relay *r, const relay_status *s)
{
	static const char *const states[] = { "down", "asking", "up" };
	char at[ADDR_STRLEN];
	json_t *o = json_object();

	json_object_set_new(o, "realm", json_string(r->conf->realm));
	json_object_set_new(o, "address", json_string(ip_format(&r->conf->core.home, at)));
	json_object_set_new(o, "link", json_string(states[s->link]));
	json_object_set_new(o, "rtt_ms",
			    s->home_rtt_ms < 0 ? json_null() : json_real(s->home_rtt_ms));
	json_object_set_new(o, "told_all", json_boolean(s->list_complete));
	return o;
}

static json_t *denied(const relay_status *s)
{
	json_t *o = json_object();

	set_count(o, "auth", s->denied_auth);
	set_count(o, "replay", s->denied_replay);
	set_count(o, "malformed", s->denied_malformed);
	set_count(o, "table_full", s->table_full);
	set_count(o, "timeouts", s->timeouts);
	return o;
}

static json_t *counters(const relay *r, const relay_status *s)
{
	json_t *o = json_object();

	set_count(o, "accepted", s->accepted);
	set_count(o, "up_packets", s->up_packets);
	set_count(o, "up_bytes", s->up_bytes);
	set_count(o, "down_packets", s->down_packets);
	set_count(o, "down_bytes", s->down_bytes);
	set_count(o, "strangers", s->strangers);
	set_count(o, "not_from_home", s->not_from_home);
	set_count(o, "bad_ipip", ipip_refused(r->ipip));
	set_count(o, "bad_replies", s->bad_replies);
	set_count(o, "hints_sent", s->hints_sent);
	set_count(o, "hints_held_back", s->hints_held_back);
	set_count(o, "not_sent", r->not_sent);
	return o;
}

static json_t *status(const relay *r)
{
	relay_status s;
	json_t *o = json_object(), *list = json_array();

	relay_core_status(r->core, &s);
	relay_core_each_visitor(r->core, relay_now(), each, list);
	json_object_set_new(o, "name", json_string(r->conf->core.name));
	json_object_set_new(o, "home", home(r, &s));
	set_count(o, "admitted", s.admitted);
	json_object_set_new(o, "visitors", list); /* the first thousand */
	set_count(o, "n_visitors", s.visitors);
	set_count(o, "pending", s.pending);
	json_object_set_new(o, "denied", denied(&s));
	json_object_set_new(o, "counters", counters(r, &s));
	return o;
}

static json_t *handle(void *ctx, const char *command, const json_t *request, control_peer *peer)
{
	err e;

	(void)request, (void)peer;
	if (strcmp(command, "status") == 0)
		return status(ctx);
	err_set(&e, ERR_USAGE, "the daemon does not know the command %.40s", command);
	return json_pack("{s:s}", "error", e.text);
}

bool relay_control_open(relay *r, const char *path, err *e)
{
	r->control = control_open(r->loop, path, handle, r, e);
	return r->control != NULL;
}
