/* SPDX-License-Identifier: MIT */
#include "status_json.h"

#include <stdio.h>

static json_t *make_address(const ip_addr *a)
{
	char s[ADDR_STRLEN];

	return a->len ? json_string(ip_format(a, s)) : json_null();
}

static json_t *make_rtt(double ms)
{
	return ms < 0 ? json_null() : json_real(ms);
}

static json_t *make_text(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *make_path(const carriers *c, const client_path_status *p)
{
	carrier_detail d = carriers_describe(c, p->sock);
	char remote[ENDPOINT_STRLEN];
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(client_path_kind_name(p->kind)));
	json_object_set_new(o, "agent", json_string(p->agent));
	json_object_set_new(o, "uplink", json_string(p->uplink));
	json_object_set_new(o, "local", make_address(&p->local));
	json_object_set_new(
		o, "remote",
		make_text(p->remote.addr.len ? endpoint_format(&p->remote, remote) : NULL));
	json_object_set_new(o, "proxy", make_text(d.proxy));
	json_object_set_new(o, "rtt_ms", make_rtt(p->rtt_ms));
	json_object_set_new(o, "nat", json_boolean(p->nat));
	json_object_set_new(o, "mtu", p->mtu ? json_integer(p->mtu) : json_null());
	json_object_set_new(o, "active", json_boolean(p->active));
	json_object_set_new(o, "answering", json_boolean(p->answering));
	if (p->kind == PATH_HTTPS || p->kind == PATH_HTTP) {
		json_object_set_new(o, "method", make_text(d.method));
		json_object_set_new(o, "unverified", make_text(d.unverified));
	}
	return o;
}

json_t *paths_json(const client_core *core, const carriers *c, core_time now)
{
	client_path_status list[CLIENT_PATHS];
	size_t n = client_core_paths(core, now, list, CLIENT_PATHS);
	json_t *all = json_array(), *o = json_object();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, make_path(c, &list[i]));
	json_object_set_new(o, "paths", all);
	return o;
}

static json_t *make_active_path(const client_core *core, const carriers *c, core_time now)
{
	client_path_status list[CLIENT_PATHS];
	size_t n = client_core_paths(core, now, list, CLIENT_PATHS);

	for (size_t i = 0; i < n; i++)
		if (list[i].active)
			return make_path(c, &list[i]);
	return json_null();
}

static json_t *make_hex(uint32_t v)
{
	char s[16];

	snprintf(s, sizeof s, "0x%08x", v);
	return json_string(s);
}

static json_t *make_association(const client_status *s)
{
	if (!s->has_sa)
		return json_null();
	json_t *o = json_object();
	json_object_set_new(o, "spi_in", make_hex(s->spi_in));
	json_object_set_new(o, "spi_out", make_hex(s->spi_out));
	json_object_set_new(o, "cipher", json_string(esp_cipher_name(s->cipher)));
	json_object_set_new(o, "age_s", json_integer(s->sa_age_s));
	return o;
}

static json_t *make_drops(const client_status *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "replay", json_integer((json_int_t)s->drop_replay));
	json_object_set_new(o, "auth", json_integer((json_int_t)s->drop_auth));
	return o;
}

/* Inner packets that never left. */
static json_t *make_unsent(const client_status *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "too_big", json_integer((json_int_t)s->drop_too_big));
	json_object_set_new(o, "no_path", json_integer((json_int_t)s->drop_no_path));
	json_object_set_new(o, "foreign_source", json_integer((json_int_t)s->drop_source));
	return o;
}

json_t *status_json(const client_core *core, const carriers *c, const char *identity, core_time now)
{
	client_status s;
	char trouble[CARRIER_TROUBLE_TEXT];

	client_core_status(core, now, &s);
	json_t *o = json_object();
	json_object_set_new(o, "state", json_string(client_state_name(s.state)));
	if (*s.reason)
		json_object_set_new(o, "reason", json_string(s.reason));
	json_object_set_new(o, "identity", json_string(identity));
	json_object_set_new(o, "home_address", make_address(s.home4.len ? &s.home4 : &s.home6));
	json_object_set_new(o, "home_address6", make_address(&s.home6));
	json_object_set_new(o, "path", make_active_path(core, c, now));
	json_object_set_new(o, "lifetime_s", json_integer(s.lifetime_s));
	json_object_set_new(o, "handovers", json_integer(s.handovers));
	json_object_set_new(o, "last_handover_ms",
			    s.handovers ? json_real(s.last_handover_ms) : json_null());
	json_object_set_new(o, "tx_bytes", json_integer((json_int_t)s.tx_bytes));
	json_object_set_new(o, "rx_bytes", json_integer((json_int_t)s.rx_bytes));
	json_object_set_new(o, "tx_packets", json_integer((json_int_t)s.tx_packets));
	json_object_set_new(o, "rx_packets", json_integer((json_int_t)s.rx_packets));
	json_object_set_new(o, "drops", make_drops(&s));
	json_object_set_new(o, "unsent", make_unsent(&s));
	json_object_set_new(o, "inner_mtu", json_integer(s.inner_mtu));
	json_object_set_new(o, "sa", make_association(&s));
	json_object_set_new(o, "trouble",
			    carriers_trouble(c, trouble) ? json_string(trouble) : json_null());
	return o;
}

json_t *protection_json(const routing_status *s)
{
	static const char *const modes[] = {
		[ROUTES_HOME] = "home", [ROUTES_ALL] = "all", [ROUTES_LIST] = "list"
	};
	json_t *o = json_object();

	json_object_set_new(o, "routes", json_string(modes[s->set->mode]));
	json_object_set_new(o, "leads", json_boolean(s->leads));
	json_object_set_new(o, "closed", json_boolean(s->closed));
	json_object_set_new(o, "fail_closed", json_boolean(routes_fail_closed(s->set)));
	json_object_set_new(o, "local", json_boolean(s->set->local));
	json_object_set_new(o, "table", json_integer(s->set->table));
	json_object_set_new(o, "filter", json_boolean(s->filtering));
	json_object_set_new(o, "trouble", make_text(s->trouble));
	json_object_set_new(o, "dropped_in", json_integer((json_int_t)s->counts.in));
	json_object_set_new(o, "dropped_out", json_integer((json_int_t)s->counts.out));
	return o;
}
