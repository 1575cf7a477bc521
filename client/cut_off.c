/* SPDX-License-Identifier: MIT */
#include "cut_off.h"
#include "io/net/dns_conf.h"

static bool is_on_link(const endpoint *server, const uplink *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_contains(&list[i].local, &server->addr))
			return true;
	return ip_is_link_local6(&server->addr);
}

bool cut_off_name_servers(const route_set *s, const char *resolv_conf, const uplink *list, size_t n,
			  endpoint *first)
{
	endpoint servers[DNS_SERVERS];

	if (s->mode != ROUTES_ALL || s->local)
		return false;
	unsigned n_servers =
		dns_conf_servers(resolv_conf ? resolv_conf : "/etc/resolv.conf", servers);
	for (unsigned i = 0; i < n_servers; i++)
		if (!is_on_link(&servers[i], list, n))
			return false;
	*first = servers[0];
	return true;
}
