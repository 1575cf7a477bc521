/* SPDX-License-Identifier: MIT */
/* netcfg_priv.h - what the files of netcfg.h share. Private to lib/io. */
#ifndef HW_IO_NET_NETCFG_PRIV_H
#define HW_IO_NET_NETCFG_PRIV_H

#include "io/net/netcfg.h"
#include "io/net/netlink.h"

struct netcfg {
	nl_sock nl;
};

/* nl_ask(), with `fine` (0: none) counted as success; on failure returns errno's value. */
int netcfg_ask(netcfg *c, nl_request *r, const int *fine, size_t n_fine);
/* A network setting below /proc/sys/net/; writes only what is not so already. 0 or errno's
 * value. */
int netcfg_sysctl(const char *path, const char *value);

#endif
