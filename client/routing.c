/* SPDX-License-Identifier: MIT */
#include "routing.h"
#include "routing_left.h"

#include <stdio.h>
#include <string.h>

static bool has_rule(const routes *r, const netcfg_rule *one)
{
	for (unsigned i = 0; i < r->n_rules; i++)
		if (netcfg_rule_equal(&r->rules[i], one))
			return true;
	return false;
}

static bool is_same_route(const netcfg_route *a, const netcfg_route *b)
{
	return a->ifindex == b->ifindex && a->metric == b->metric && a->to.bits == b->to.bits &&
	       ip_equal(&a->to.addr, &b->to.addr) && ip_equal(&a->prefsrc, &b->prefsrc);
}

static bool has_route(const routes *r, const netcfg_route *one)
{
	for (unsigned i = 0; i < r->n; i++)
		if (is_same_route(&r->set[i], one))
			return true;
	return false;
}

/* What the kernel takes for the same when a route is replaced. */
static bool has_its_place(const routes *r, const netcfg_route *one)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->set[i].to.bits == one->to.bits && r->set[i].metric == one->metric &&
		    ip_equal(&r->set[i].to.addr, &one->to.addr))
			return true;
	return false;
}

static void warn(const routing *r, bool ok, const err *e)
{
	if (!ok)
		log_warn(r->log, "%s", e->text);
}

/* A new one takes the place of what has its destination. */
static void apply_routes(routing *r, const routes *wanted)
{
	err e = { 0 };

	for (unsigned i = 0; i < wanted->n; i++)
		if (!has_route(&r->now, &wanted->set[i]))
			warn(r, netcfg_route_set(r->net, &wanted->set[i], true, &e), &e);
	for (unsigned i = 0; i < r->now.n; i++) {
		netcfg_route old = r->now.set[i];
		old.prefsrc = (ip_addr){ 0 };
		if (!has_its_place(wanted, &old))
			warn(r, netcfg_route_set(r->net, &old, false, &e), &e);
	}
}

/* New ones before old ones go, exemptions first and last. */
static void apply_rules(routing *r, const routes *wanted)
{
	err e = { 0 };

	for (unsigned i = 0; i < wanted->n_rules; i++)
		if (!has_rule(&r->now, &wanted->rules[i]))
			warn(r, netcfg_rule_set(r->net, &wanted->rules[i], true, &e), &e);
	for (unsigned i = r->now.n_rules; i-- > 0;)
		if (!has_rule(wanted, &r->now.rules[i]))
			warn(r, netcfg_rule_set(r->net, &r->now.rules[i], false, &e), &e);
}

static bool is_same_list(const ip_prefix *a, unsigned n_a, const ip_prefix *b, unsigned n_b)
{
	return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof *a) == 0);
}

static bool is_filter_current(const routing *r, const filter_rules *f, const routes *wanted)
{
	return r->filtering && r->filter.home_link == f->home_link &&
	       ip_equal(&r->filter.home4, &f->home4) && ip_equal(&r->filter.home6, &f->home6) &&
	       is_same_list(r->closed, r->filter.n_closed, wanted->closed, wanted->n_closed) &&
	       is_same_list(r->local, r->filter.n_local, wanted->local, wanted->n_local);
}

static void set_filter(routing *r, const filter_rules *f)
{
	err e = { 0 };

	r->filter = *f;
	r->filtering = filter_set(&r->filter, &e);
	if (r->filtering)
		*r->trouble = 0;
	if (r->filtering || strcmp(r->trouble, e.text) == 0)
		return;
	snprintf(r->trouble, sizeof r->trouble, "%s", e.text);
	log_warn(r->log, "%s: neighbours on a visited link can reach the permanent address",
		 e.text);
}

void routing_filter(routing *r, const client_tunnel *t)
{
	routes wanted;

	r->in.tunnel = t;
	routes_wanted(&r->in, &wanted);
	const filter_rules f = { .id = r->in.set->table,
				 .tunnel = r->in.device,
				 .home_link = t->at_home ? t->home_ifindex : 0,
				 .mark = r->in.set->mark,
				 .home4 = t->home4,
				 .home6 = t->home6,
				 .closed = wanted.closed,
				 .n_closed = wanted.n_closed,
				 .local = wanted.local,
				 .n_local = wanted.n_local };
	/* As soon as the address is known, since this takes some milliseconds: none of a registration's. */
	bool needed = t->home4.len || t->home6.len || routes_fail_closed(r->in.set);

	if (!needed || is_filter_current(r, &f, &wanted))
		return;
	set_filter(r, &f);
	memcpy(r->closed, wanted.closed, sizeof r->closed);
	memcpy(r->local, wanted.local, sizeof r->local);
	r->filter.closed = r->closed;
	r->filter.local = r->local;
}

void routing_apply(routing *r, const client_tunnel *t)
{
	routes wanted;

	r->in.tunnel = t;
	routes_wanted(&r->in, &wanted);
	apply_routes(r, &wanted);
	apply_rules(r, &wanted);
	r->now = wanted;
}

bool routing_links(routing *r, const uplink *list, size_t n)
{
	ip_prefix links[UPLINK_MAX];
	unsigned n_links = 0;

	if (!r->in.set->local)
		return false;
	for (size_t i = 0; i < n && n_links < UPLINK_MAX; i++)
		links[n_links++] = list[i].local;
	if (is_same_list(links, n_links, r->in.links, r->in.n_links))
		return false;
	memcpy(r->in.links, links, n_links * sizeof *links);
	r->in.n_links = n_links;
	return true;
}

void routing_check_filter(routing *r)
{
	filter_counts n;

	if (!r->filtering || filter_count(r->filter.id, &n))
		return;
	log_warn(r->log, "somebody removed the nftables tables homeward-%u: set again",
		 r->filter.id);
	set_filter(r, &r->filter);
}

void routing_ask(const routing *r, routing_status *out)
{
	*out = (routing_status){ .set = r->in.set,
				 .leads = r->now.n_rules > 0 && !r->filter.home_link,
				 .closed = r->now.n_closed > 0,
				 .filtering = r->filtering,
				 .trouble = *r->trouble ? r->trouble : NULL };
	if (r->filtering)
		filter_count(r->filter.id, &out->counts);
}

/* --- beginning and end --- */

static bool is_in_our_place(const route_set *s, const netcfg_rule *k)
{
	return (k->priority >= s->priority && k->priority < s->priority + ROUTES_PRIORITIES) ||
	       (k->action == NETCFG_LOOKUP && k->target == s->table);
}

/* Takes over what is wanted still, so that there is no moment without. */
static bool take_over(routing *r, const netcfg_rules *all, const routes *wanted, err *e)
{
	for (unsigned i = 0; i < all->n; i++) {
		const netcfg_rule *k = &all->rule[i];
		const char *owner = routing_owner(all, k);
		bool ours = owner && strcmp(owner, r->in.device_name) == 0;

		if (!ours && routing_is_alive(owner)) {
			if (is_in_our_place(r->in.set, k))
				return err_set(e, ERR_USAGE,
					       "%s uses routing table %u and priority %u: give "
					       "this profile others (table, priority)",
					       owner, r->in.set->table, r->in.set->priority);
			continue;
		}
		r->found = true;
		if (k->action == NETCFG_LOOKUP && !netcfg_route_sweep(r->net, k->target, e))
			return false;
		if (has_rule(wanted, k) && r->now.n_rules < ROUTES_RULES)
			r->now.rules[r->now.n_rules++] = *k;
		else if (!routing_remove_left(r->net, k, e))
			return false;
	}
	return true;
}

bool routing_open(routing *r, netcfg *net, const route_set *set, const char *link,
		  const client_tunnel *t, const logger *log, err *e)
{
	netcfg_rules all;
	routes wanted;

	*r = (routing){ .net = net, .log = log, .in = { .set = set, .tunnel = t } };
	r->in.device = netcfg_ifindex(link);
	snprintf(r->in.device_name, sizeof r->in.device_name, "%s", link);
	routes_wanted(&r->in, &wanted);
	if (!netcfg_rules_list(net, &all, e) || !take_over(r, &all, &wanted, e))
		return false;
	if (r->found)
		log_info(log, "took over the routing rules of a daemon that was killed");
	return true;
}

void routing_close(routing *r, bool keep)
{
	err e = { 0 };

	if (!r->net || keep)
		return;
	apply_rules(r, &(routes){ 0 });
	apply_routes(r, &(routes){ 0 });
	if (r->filter.id)
		warn(r, filter_remove(r->filter.id, &e) || !r->filtering, &e);
}
