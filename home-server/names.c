/* SPDX-License-Identifier: MIT */
/* names.c - by the C library. */
#include "names.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
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

size_t names_lookup(const char *name, ip_addr *out, size_t max)
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

bool names_lookup_endpoint(const char *name, uint16_t default_port, endpoint *out)
{
	const char *colon = strrchr(name, ':');

	if (endpoint_parse(name, default_port, out))
		return true;
	*out = (endpoint){ .port = default_port };
	if (colon && colon[1])
		out->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return out->port && names_lookup(name, &out->addr, 1) == 1;
}
