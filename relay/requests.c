/* SPDX-License-Identifier: MIT */
#include "requests.h"
#include "io/net/now.h"

enum { VISITORS_LISTED = 1000 };

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static void append_visitor(void *ctx, const relay_visitor_status *v)
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

static json_t *make_home(const requests *r, const relay_status *s)
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

static json_t *make_denied(const relay_status *s)
{
	json_t *o = json_object();

	set_count(o, "auth", s->denied_auth);
	set_count(o, "replay", s->denied_replay);
	set_count(o, "malformed", s->denied_malformed);
	set_count(o, "table_full", s->table_full);
	set_count(o, "timeouts", s->timeouts);
	return o;
}

static json_t *make_counters(const requests *r, const relay_status *s)
{
	json_t *o = json_object();

	set_count(o, "accepted", s->accepted);
	set_count(o, "up_packets", s->up_packets);
	set_count(o, "up_bytes", s->up_bytes);
	set_count(o, "down_packets", s->down_packets);
	set_count(o, "down_bytes", s->down_bytes);
	set_count(o, "strangers", s->strangers);
	set_count(o, "not_from_home", s->not_from_home);
	set_count(o, "bad_ipip", ipip_refused(r->data->ipip));
	set_count(o, "bad_replies", s->bad_replies);
	set_count(o, "hints_sent", s->hints_sent);
	set_count(o, "hints_held_back", s->hints_held_back);
	set_count(o, "not_sent", r->data->not_sent);
	return o;
}

static json_t *answer_status(void *ctx, const json_t *request, control_peer *peer)
{
	const requests *r = ctx;
	relay_status s;
	json_t *o = json_object(), *list = json_array();

	(void)request, (void)peer;
	relay_core_status(r->data->core, &s);
	relay_core_each_visitor(r->data->core, io_now(), append_visitor, list);
	json_object_set_new(o, "name", json_string(r->conf->core.name));
	json_object_set_new(o, "home", make_home(r, &s));
	set_count(o, "admitted", s.admitted);
	json_object_set_new(o, "visitors", list); /* the first thousand */
	set_count(o, "n_visitors", s.visitors);
	set_count(o, "pending", s.pending);
	json_object_set_new(o, "denied", make_denied(&s));
	json_object_set_new(o, "counters", make_counters(r, &s));
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
