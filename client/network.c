/* SPDX-License-Identifier: MIT */
#include "network.h"
#include "cut_off.h"
#include "io/net/now.h"

static void warn_of_name_servers(network *n, const uplink *list, size_t count)
{
	char text[ADDR_STRLEN];
	endpoint first;

	if (!cut_off_name_servers(&n->profile->routes, NULL, list, count, &first) ||
	    endpoint_equal(&first, &n->cut_off))
		return;
	n->cut_off = first;
	log_warn(n->log,
		 "the name server %s is in the network around, which routes = all cuts off: "
		 "name one that home reaches in /etc/resolv.conf, or set local = yes",
		 ip_format(&first.addr, text));
}

void network_examine_uplinks(network *n)
{
	uplink list[UPLINK_MAX];
	err e = { 0 };
	size_t count = netcfg_uplinks(n->tunnel->net, tun_ifindex(n->tunnel->device), list, &e);

	if (count == 0 && e.kind != ERR_NONE) {
		log_warn(n->log, "%s", e.text);
		return;
	}
	for (size_t i = 0; i < count; i++)
		list[i].mark = n->profile->routes.mark;
	tunnel_links(n->tunnel, list, count);
	warn_of_name_servers(n, list, count);
	resolver_uplinks(n->resolver, list, count);
	client_core_uplinks(n->core, io_now(), list, count);
}

static void on_change(void *ctx)
{
	network *n = ctx;

	unsigned news = netmon_drain(n->mon, tun_ifindex(n->tunnel->device));

	if (news & NETMON_ACCESS_POINT)
		client_core_home_doubt(n->core, io_now());
	if (!(news & NETMON_UPLINKS))
		return;
	network_examine_uplinks(n);
	resolver_ask(n->resolver);
}

static void log_names(network *n, const resolution *r)
{
	const profile *p = n->profile;

	if (r->n_homes == 0 && p->n_homes)
		log_warn(n->log, "the home server's name (%s) can't be looked up: trying again",
			 p->homes[0].host);
	if (r->n_relays < p->n_relays)
		log_warn(n->log, "%u of the profile's %u relays can't be looked up: trying again",
			 p->n_relays - r->n_relays, p->n_relays);
	if (!r->complete && !n->names_old && r->n_homes)
		log_info(n->log, "names can't be looked up: using the addresses known before");
	n->names_old = !r->complete;
}

static void on_resolved(void *ctx, const resolution *r)
{
	network *n = ctx;

	if (r->asked)
		log_names(n, r);
	carriers_resolved(n->carriers, r);
	client_core_homes(n->core, io_now(), r->homes, r->n_homes);
	if (r->n_relays)
		client_core_relays(n->core, io_now(), r->relays, r->n_relays);
}

bool network_open(network *n, io_loop *l, const char *names_file, err *e)
{
	n->mon = netmon_open(e);
	if (!n->mon)
		return false;
	n->mon_watch = io_watch_new(l, netmon_fd(n->mon), on_change, n, e);
	if (!n->mon_watch)
		return false;
	n->resolver =
		resolver_new(l, n->profile, &n->carriers->proxies, names_file, on_resolved, n, e);
	return n->resolver != NULL;
}

void network_start(network *n)
{
	resolver_report_known(n->resolver);
	network_examine_uplinks(n);
	resolver_ask(n->resolver);
}

void network_close(network *n)
{
	io_watch_free(n->mon_watch);
	netmon_close(n->mon);
	resolver_free(n->resolver);
}
