/* SPDX-License-Identifier: MIT */
/* netcfg_proxy.c - answering for a neighbour, and the settings of /proc/sys/net that go with it. */
#include "io/net/netcfg_priv.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SYSCTL_PATH = 128 };

static ssize_t sysctl_read(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t n = read(fd, out, size - 1);
	close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n;
}

static int sysctl_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	ssize_t n = write(fd, value, strlen(value));
	int why = n < 0 ? errno : 0;
	close(fd);
	return why;
}

int netcfg_sysctl(const char *path, const char *value)
{
	char full[SYSCTL_PATH], now[16];
	size_t n = strlen(value);

	if (snprintf(full, sizeof(full), "/proc/sys/net/%s", path) >= (int)sizeof(full))
		return ENAMETOOLONG;
	if (sysctl_read(full, now, sizeof(now)) > 0 && !strncmp(now, value, n) && now[n] == '\n')
		return 0;
	return sysctl_write(full, value);
}

static int link_sysctl(const char *dir, const char *link, const char *key, const char *value)
{
	char path[SYSCTL_PATH];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, link, key);
	return netcfg_sysctl(path, value);
}

/* The kernel waits up to 0.8 s (proxy_delay) before it answers for another, so that the owner
 * may come first. The owner is away, and every new flow from home would begin with that wait. */
static bool prepare_link(uint32_t ifindex, bool ip6, err *e)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		return err_sys(e, errno, "proxying on link %u", ifindex);
	link_sysctl(ip6 ? "ipv6/neigh" : "ipv4/neigh", name, "proxy_delay", "0");
	int why = ip6 ? link_sysctl("ipv6/conf", name, "proxy_ndp", "1") : 0;
	return !why ||
	       err_sys(e, why, "net.ipv6.conf.%s.proxy_ndp is 0 and can't be turned on", name);
}

bool netcfg_proxy(netcfg *c, uint32_t ifindex, const ip_addr *addr, bool add, err *e)
{
	static const int there[] = { EEXIST }, gone[] = { ENOENT, ENODEV };
	struct ndmsg n = { .ndm_family = nl_family(addr),
			   .ndm_ifindex = (int)ifindex,
			   .ndm_state = NUD_PERMANENT,
			   .ndm_flags = NTF_PROXY };
	uint8_t proto = NETCFG_PROTO;
	char text[ADDR_STRLEN];
	nl_request r;

	if (add && !prepare_link(ifindex, addr->len == 16, e))
		return false;
	nl_begin(&r, add ? RTM_NEWNEIGH : RTM_DELNEIGH, add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &n,
		 sizeof(n));
	nl_put_addr(&r, NDA_DST, addr);
	if (add)
		nl_put(&r, NDA_PROTOCOL, &proto, sizeof(proto));
	int why = add ? netcfg_ask(c, &r, there, 1) : netcfg_ask(c, &r, gone, 2);
	return !why || err_sys(e, why, "%s proxy neighbour %s", add ? "adding" : "removing",
			       ip_format(addr, text));
}

/* A router ignores router advertisements unless this is 2 (RFC 4861 6.2.7 of a host no longer
 * holds): links that listened go on listening, or turning on forwarding would cut this
 * machine off. */
static void keep_router_advertisements(void)
{
	DIR *d = opendir("/proc/sys/net/ipv6/conf");
	struct dirent *link;

	while (d && (link = readdir(d))) {
		char path[SYSCTL_PATH + NAME_MAX], now[8];
		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra", link->d_name);
		if (sysctl_read(path, now, sizeof(now)) > 0 && !strcmp(now, "1\n"))
			sysctl_write(path, "2");
	}
	if (d)
		closedir(d);
}

static bool forwarding_is_on(const char *path)
{
	char now[8];

	return sysctl_read(path, now, sizeof(now)) > 0 && !strcmp(now, "1\n");
}

bool netcfg_forwarding(int family, err *e)
{
	bool ip6 = family == AF_INET6;
	const char *path =
		ip6 ? "/proc/sys/net/ipv6/conf/all/forwarding" : "/proc/sys/net/ipv4/ip_forward";
	const char *name = ip6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward";

	if (forwarding_is_on(path))
		return true;
	if (ip6)
		keep_router_advertisements();
	int why = sysctl_write(path, "1");
	return !why ||
	       err_sys(e, why, "%s is 0 and can't be turned on (sysctl -w %s=1 on the host)", name,
		       name);
}
