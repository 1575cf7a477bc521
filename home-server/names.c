/* SPDX-License-Identifier: MIT */
/* names.c - asked of the system's libraries. */
#include "names.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool usable(const struct ifaddrs *i, endpoint *out)
{
	return i->ifa_addr && !(i->ifa_flags & IFF_LOOPBACK) &&
	       (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) &&
	       endpoint_from_sockaddr(i->ifa_addr, out) && !ip_is_link_local6(&out->addr);
}

size_t own_addresses(own_address out[OWN_ADDRESSES])
{
	struct ifaddrs *all;
	endpoint ep;
	size_t n = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i && n < OWN_ADDRESSES; i = i->ifa_next) {
		if (!usable(i, &ep))
			continue;
		out[n] = (own_address){ .ifindex = if_nametoindex(i->ifa_name), .addr = ep.addr };
		snprintf(out[n].link, sizeof out[n].link, "%s", i->ifa_name);
		n++;
	}
	freeifaddrs(all);
	return n;
}

bool system_has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool own_address_within(const char *link, const ip_prefix *network, ip_addr *out)
{
	own_address own[OWN_ADDRESSES];
	size_t n = own_addresses(own);

	for (size_t i = 0; i < n; i++) {
		if ((link && strcmp(own[i].link, link) != 0) ||
		    !prefix_contains(network, &own[i].addr))
			continue;
		*out = own[i].addr;
		return true;
	}
	return false;
}

static size_t look_up(const char *host, ip_addr *out, size_t max)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	endpoint ep;
	size_t n = 0;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return 0;
	for (const struct addrinfo *i = found; i && n < max; i = i->ai_next)
		if (endpoint_from_sockaddr(i->ai_addr, &ep))
			out[n++] = ep.addr;
	freeaddrinfo(found);
	return n;
}

size_t name_addresses(const char *name, ip_addr *out, size_t max)
{
	char host[256];
	endpoint ep;

	if (max == 0)
		return 0;
	if (ip_parse(name, &out[0]))
		return 1;
	if (endpoint_parse(name, 434, &ep)) {
		out[0] = ep.addr;
		return 1;
	}
	snprintf(host, sizeof host, "%s", name);
	host[strcspn(host, ":")] = 0;
	return look_up(host, out, max);
}
