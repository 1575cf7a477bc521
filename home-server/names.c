/* SPDX-License-Identifier: MIT */
#include "names.h"
#include "io/net/dns_ask.h"
#include "proto/mip.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_usable(const struct ifaddrs *i, endpoint *out)
{
	return i->ifa_addr && !(i->ifa_flags & IFF_LOOPBACK) &&
	       (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) &&
	       endpoint_from_sockaddr(i->ifa_addr, out) && !ip_is_link_local6(&out->addr);
}

size_t names_own_addresses(own_address out[OWN_ADDRESSES])
{
	struct ifaddrs *all;
	endpoint ep;
	size_t n = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i && n < OWN_ADDRESSES; i = i->ifa_next) {
		if (!is_usable(i, &ep))
			continue;
		out[n] = (own_address){ .ifindex = if_nametoindex(i->ifa_name), .addr = ep.addr };
		snprintf(out[n].link, sizeof out[n].link, "%s", i->ifa_name);
		n++;
	}
	freeifaddrs(all);
	return n;
}

bool names_has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool names_own_within(const char *link, const ip_prefix *network, ip_addr *out)
{
	own_address own[OWN_ADDRESSES];
	size_t n = names_own_addresses(own);

	for (size_t i = 0; i < n; i++) {
		if ((link && strcmp(own[i].link, link) != 0) ||
		    !prefix_contains(network, &own[i].addr))
			continue;
		*out = own[i].addr;
		return true;
	}
	return false;
}

bool names_own_towards(const ip_addr *to, ip_addr *out)
{
	const endpoint there = { .addr = *to, .port = 434 };
	struct sockaddr_storage sa;
	socklen_t n = endpoint_to_sockaddr(&there, &sa);
	endpoint here;
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&sa, n) == 0;

	n = sizeof sa;
	ok = ok && getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
	     endpoint_from_sockaddr((struct sockaddr *)&sa, &here);
	if (fd >= 0)
		close(fd);
	if (ok)
		*out = here.addr;
	return ok;
}

bool names_parse(const char *text, uint16_t default_port, endpoint *out, char host[NAMES_HOST])
{
	const char *colon = strchr(text, ':');

	if (ip_parse(text, &out->addr)) {
		out->port = default_port;
		return true;
	}
	if (endpoint_parse(text, default_port, out))
		return true;
	*out = (endpoint){ .port = default_port };
	if (colon && colon[1])
		out->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	snprintf(host, NAMES_HOST, "%.*s", (int)strcspn(text, ":"), text);
	return false;
}

size_t names_look_up(const char *text, ip_addr *out, size_t max)
{
	const dns_ask_conf by_routes = { .by_routes = true };
	char host[NAMES_HOST];
	dns_answer found;
	endpoint at;

	if (names_parse(text, MIP_PORT, &at, host)) {
		out[0] = at.addr;
		return 1;
	}
	if (!dns_ask_wait(&by_routes, host, &found, NULL))
		return 0;
	size_t n = found.n < max ? found.n : max;
	memcpy(out, found.at, n * sizeof *out);
	return n;
}
