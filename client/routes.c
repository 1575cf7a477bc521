/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include <netinet/in.h>
#include <string.h>

enum { EXEMPT, FROM_HOME, FROM_HOME_ELSE, LOCAL, INTO, INTO_ELSE, END = ROUTES_PRIORITIES - 1 };

enum { LAST = 0x7fffffff /* of all metrics */ };
static const int families[] = { AF_INET, AF_INET6 };

static netcfg_rule rule_of(const routes_input *in, int family, unsigned step,
			   netcfg_rule_action action)
{
	uint32_t target = action == NETCFG_LOOKUP ? in->set->table
			  : action == NETCFG_GOTO ? in->set->priority + END
						  : 0;

	return (netcfg_rule){ .family = family,
			      .priority = in->set->priority + step,
			      .action = action,
			      .target = target };
}

static void add_rule(routes *out, const netcfg_rule *r)
{
	if (out->n_rules < ROUTES_RULES)
		out->rules[out->n_rules++] = *r;
}

static void add_exempt(const routes_input *in, int family, routes *out)
{
	const bool six = family == AF_INET6;
	netcfg_rule mark = rule_of(in, family, EXEMPT, NETCFG_GOTO), link = mark, dhcp = mark;

	mark.mark = in->set->mark;
	add_rule(out, &mark);
	memcpy(link.link, in->device_name, sizeof link.link);
	add_rule(out, &link);
	dhcp.protocol = IPPROTO_UDP; /* a lease that is renewed by unicast: RFC 2131, RFC 8415 */
	dhcp.sport = six ? 546 : 68;
	dhcp.dport = six ? 547 : 67;
	add_rule(out, &dhcp);
}

static void add_end(const routes_input *in, int family, routes *out)
{
	const netcfg_rule end = rule_of(in, family, END, NETCFG_NOP);

	add_rule(out, &end);
}

static int family_of(const ip_prefix *p)
{
	return p->addr.len == 16 ? AF_INET6 : AF_INET;
}

static void add_to(const routes_input *in, const ip_prefix *p, unsigned step,
		   netcfg_rule_action action, routes *out)
{
	netcfg_rule r = rule_of(in, family_of(p), step, action);

	r.to = *p;
	if (p->addr.len)
		add_rule(out, &r);
}

static void add_from_home(const routes_input *in, const ip_addr *home, routes *out)
{
	const ip_prefix one = { .addr = *home, .bits = (uint8_t)(8 * home->len) };
	netcfg_rule into = rule_of(in, family_of(&one), FROM_HOME, NETCFG_LOOKUP);
	netcfg_rule otherwise = rule_of(in, family_of(&one), FROM_HOME_ELSE, NETCFG_UNREACHABLE);

	if (!home->len)
		return;
	into.from = otherwise.from = one;
	add_rule(out, &into);
	add_rule(out, &otherwise);
}

static void add_prefix(const routes_input *in, const ip_prefix *p, routes *out)
{
	if (!p->addr.len || out->n_closed == ROUTES_LISTED)
		return;
	add_to(in, p, INTO, NETCFG_LOOKUP, out);
	if (!routes_fail_closed(in->set))
		return;
	if (p->addr.len == 16)
		add_to(in, p, INTO_ELSE, NETCFG_UNREACHABLE, out);
	out->closed[out->n_closed++] = *p;
}

static void add_prefixes(const routes_input *in, routes *out)
{
	static const ip_prefix all[] = { { .addr = { .len = 4 } }, { .addr = { .len = 16 } } };
	const route_set *s = in->set;

	if (s->mode == ROUTES_HOME) {
		add_prefix(in, &in->tunnel->network4, out);
		add_prefix(in, &in->tunnel->network6, out);
	}
	for (unsigned i = 0; s->mode == ROUTES_ALL && i < 2; i++)
		add_prefix(in, &all[i], out);
	for (unsigned i = 0; s->mode == ROUTES_LIST && i < s->n; i++)
		add_prefix(in, &s->prefixes[i], out);
}

static bool is_within(const ip_prefix *outer, const ip_prefix *p)
{
	return outer->addr.len == p->addr.len && outer->bits <= p->bits &&
	       prefix_contains(outer, &p->addr);
}

static bool overlap(const ip_prefix *a, const ip_prefix *b)
{
	return a->addr.len && (is_within(a, b) || is_within(b, a));
}

/* A network that calls itself 8.0.0.0/8 is not a local one. RFC 1918, RFC 3927, RFC 4193. */
static bool is_private(const ip_prefix *p)
{
	static const struct {
		uint8_t len, bits, b[2];
	} ranges[] = { { 4, 8, { 10 } },
		       { 4, 12, { 172, 16 } },
		       { 4, 16, { 192, 168 } },
		       { 4, 16, { 169, 254 } },
		       { 16, 7, { 0xfc } } };

	for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		ip_prefix one = { .addr = { .len = ranges[i].len }, .bits = ranges[i].bits };

		memcpy(one.addr.b, ranges[i].b, 2);
		if (is_within(&one, p))
			return true;
	}
	return false;
}

static void add_local(const routes_input *in, const ip_prefix *p, routes *out)
{
	const client_tunnel *t = in->tunnel;

	if (out->n_local == ROUTES_LOCAL || overlap(&t->network4, p) || overlap(&t->network6, p))
		return;
	for (unsigned i = 0; i < out->n_local; i++)
		if (is_within(&out->local[i], p))
			return;
	out->local[out->n_local++] = *p;
	add_to(in, p, LOCAL, NETCFG_GOTO, out);
}

/* The host bits of an uplink's prefix are its address. */
static ip_prefix network_of(ip_prefix p)
{
	for (unsigned bit = p.bits; bit < 8u * p.addr.len; bit++)
		p.addr.b[bit / 8] &= (uint8_t) ~(0x80u >> (bit % 8));
	return p;
}

/* Link-local and multicast ones belong to a link as they are. */
static void add_locals(const routes_input *in, routes *out)
{
	static const char *const always[] = { "fe80::/10", "ff00::/8", "224.0.0.0/4",
					      "255.255.255.255/32" };

	if (in->set->mode != ROUTES_ALL || !in->set->local)
		return;
	for (unsigned i = 0; i < sizeof always / sizeof always[0]; i++) {
		ip_prefix p;
		if (prefix_parse(always[i], &p))
			add_local(in, &p, out);
	}
	for (unsigned i = 0; i < in->n_links; i++) {
		const ip_prefix p = network_of(in->links[i]);
		if (is_private(&p))
			add_local(in, &p, out);
	}
}

static void add_route(const routes_input *in, const ip_prefix *to, uint32_t ifindex,
		      const ip_addr *src, routes *out)
{
	if (out->n < ROUTES_MAX)
		out->set[out->n++] = (netcfg_route){
			.to = *to, .ifindex = ifindex, .prefsrc = *src, .table = in->set->table
		};
}

static void add_unreachable(const routes_input *in, const ip_prefix *to, routes *out)
{
	if (out->n < ROUTES_MAX)
		out->set[out->n++] = (netcfg_route){
			.to = *to, .metric = LAST, .unreachable = true, .table = in->set->table
		};
}

bool routes_use_ip6(const route_set *s, const client_tunnel *t)
{
	bool wanted = s->mode == ROUTES_ALL;

	for (unsigned i = 0; s->mode == ROUTES_LIST && i < s->n; i++)
		wanted |= s->prefixes[i].addr.len == 16;
	return t->home6.len || (wanted && !routes_fail_closed(s));
}

static void want_tunnel(const routes_input *in, routes *out)
{
	static const ip_prefix all4 = { .addr = { .len = 4 } }, all6 = { .addr = { .len = 16 } };
	static const ip_addr none = { 0 };
	const client_tunnel *t = in->tunnel;

	for (unsigned i = 0; i < 2; i++) {
		add_exempt(in, families[i], out);
		add_end(in, families[i], out);
	}
	add_from_home(in, &t->home4, out);
	add_from_home(in, &t->home6, out);
	add_locals(in, out);
	add_prefixes(in, out);
	add_route(in, &all4, in->device, t->up ? &t->home4 : &none, out);
	if (routes_fail_closed(in->set))
		add_unreachable(in, &all4, out);
	if (routes_use_ip6(in->set, t))
		add_route(in, &all6, in->device, t->up ? &t->home6 : &none, out);
}

/* Straight, but still from the permanent address. */
static void want_home_link(const routes_input *in, const ip_prefix *network, const ip_addr *home,
			   routes *out)
{
	if (!network->addr.len || !home->len)
		return;
	add_exempt(in, family_of(network), out);
	add_end(in, family_of(network), out);
	add_to(in, network, INTO, NETCFG_LOOKUP, out);
	add_route(in, network, in->tunnel->home_ifindex, home, out);
}

void routes_wanted(const routes_input *in, routes *out)
{
	const client_tunnel *t = in->tunnel;

	*out = (routes){ 0 };
	if (t->at_home && t->home_ifindex) {
		want_home_link(in, &t->network4, &t->home4, out);
		want_home_link(in, &t->network6, &t->home6, out);
	} else if (t->up || routes_fail_closed(in->set)) {
		want_tunnel(in, out);
	}
}
