/* SPDX-License-Identifier: MIT */
#include "status_json.h"

typedef struct lists {
	const home_conf *home;
	json_t *bindings, *at_home;
} lists;

static json_t *make_address(const ip_addr *a)
{
	char text[ADDR_STRLEN];

	return a->len ? json_string(ip_format(a, text)) : json_null();
}

static void add_home(json_t *o, const home_binding_status *b)
{
	const ip_addr *first = b->home4.len ? &b->home4 : &b->home6;

	json_object_set_new(o, "identity", json_string(b->nai));
	json_object_set_new(o, "home_address", make_address(first));
	if (b->home4.len && b->home6.len)
		json_object_set_new(o, "home_address6", make_address(&b->home6));
}

/* A relay that was taken out of the configuration may still be where a client was last. */
static json_t *make_via(const home_conf *home, int relay, bool carrier)
{
	if (relay < 0)
		return json_string(carrier ? "mux" : "direct");
	return json_sprintf("relay %s", (unsigned)relay < home->n_relays ? home->relays[relay].name
									 : "(removed)");
}

static json_t *make_binding(const home_conf *home, const home_binding_status *b)
{
	char at[ENDPOINT_STRLEN];
	json_t *o = json_object();

	add_home(o, b);
	json_object_set_new(o, "care_of", json_string(endpoint_format(&b->care_of, at)));
	json_object_set_new(o, "nat", json_boolean(b->nat));
	json_object_set_new(o, "via", make_via(home, b->relay, b->carrier));
	json_object_set_new(o, "lifetime_s", json_integer(b->lifetime_s));
	json_object_set_new(o, "rx_bytes", json_integer((json_int_t)b->rx_bytes));
	json_object_set_new(o, "tx_bytes", json_integer((json_int_t)b->tx_bytes));
	json_object_set_new(o, "rx_packets", json_integer((json_int_t)b->rx_packets));
	json_object_set_new(o, "tx_packets", json_integer((json_int_t)b->tx_packets));
	json_object_set_new(o, "handovers", json_integer(b->handovers));
	json_object_set_new(o, "cipher", json_string(esp_cipher_name(b->cipher)));
	json_object_set_new(o, "inner_mtu", json_integer(b->mtu));
	return o;
}

static void append_binding(void *ctx, const home_binding_status *b)
{
	lists *l = ctx;

	if (!b->at_home) {
		json_array_append_new(l->bindings, make_binding(l->home, b));
		return;
	}
	json_t *o = json_object();
	add_home(o, b);
	json_array_append_new(l->at_home, o);
}

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static json_t *make_denied(const home_counters *n)
{
	json_t *o = json_object();

	set_count(o, "unknown", n->registrations.denied_unknown);
	set_count(o, "auth", n->registrations.denied_auth);
	set_count(o, "replay", n->registrations.denied_replay);
	return o;
}

static json_t *make_counters(const datapath *d, const home_counters *n)
{
	json_t *o = json_object();

	set_count(o, "clients", n->clients);
	set_count(o, "accepted", n->registrations.accepted);
	set_count(o, "denied_malformed", n->registrations.denied_malformed);
	set_count(o, "denied_policy", n->registrations.denied_policy);
	set_count(o, "esp_unknown_spi", n->inbound.unknown_spi);
	set_count(o, "esp_replay", n->inbound.replay);
	set_count(o, "esp_auth", n->inbound.auth);
	set_count(o, "spoofed_source", n->inbound.spoofed_source);
	set_count(o, "too_big", n->outbound.too_big);
	set_count(o, "no_binding", n->outbound.no_binding);
	set_count(o, "hints_sent", n->inbound.hints_sent);
	set_count(o, "notices_sent", n->notices_sent);
	set_count(o, "bad_ipip", d->sockets->ipip ? ipip_refused(d->sockets->ipip) : 0);
	set_count(o, "not_of_relays", d->not_of_relays);
	set_count(o, "not_sent", d->sockets->not_sent + d->not_written);
	return o;
}

static json_t *make_relays(const home_conf *home, const home_core *core)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < home->n_relays; i++) {
		home_relay_status r = home_core_relay(core, i);
		json_t *o = json_object();

		json_object_set_new(o, "name", json_string(home->relays[i].name));
		json_object_set_new(o, "address", make_address(&home->relays[i].address));
		json_object_set_new(o, "linked", json_boolean(r.linked));
		json_object_set_new(o, "told_all", json_boolean(r.has_all_clients));
		set_count(o, "refused", r.refused);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *status_json(const settings *s, const home_core *core, const datapath *d, core_time now)
{
	lists l = { &s->home, json_array(), json_array() };
	home_counters n = home_core_counters(core);
	json_t *o = json_object();

	home_core_each_binding(core, now, append_binding, &l);
	json_object_set_new(o, "realm", json_string(s->conf->realm));
	json_object_set_new(o, "bindings", l.bindings);
	json_object_set_new(o, "at_home", l.at_home);
	json_object_set_new(o, "relays", make_relays(&s->home, core));
	json_object_set_new(o, "denied", make_denied(&n));
	json_object_set_new(o, "counters", make_counters(d, &n));
	return o;
}
