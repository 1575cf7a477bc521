/* SPDX-License-Identifier: MIT */
/* address_pool.h - which permanent addresses and SPIs are taken, and the next that aren't. */
#ifndef HW_SERVER_ADDRESS_POOL_H
#define HW_SERVER_ADDRESS_POOL_H

#include "base/map.h"
#include "conf.h"
#include "names.h"
#include "store/state_store.h"

typedef struct address_pool {
	const server_conf *conf;
	const char *state_dir;
	state_store *store;
	map *addresses, *spis; /* to slot + 1; of our own addresses POOL_OWN */
	bool no_memory;
} address_pool;

bool pool_open(address_pool *p, const server_conf *c, state_store *s, err *e);
void pool_close(address_pool *p);
/* False, with the reason: outside of the networks, ours, taken, not a host's. */
bool pool_may_have(address_pool *p, const ip_addr *a, err *e);
bool pool_next4(address_pool *p, ip_addr *out, err *e);
bool pool_next6(address_pool *p, uint64_t from_host, ip_addr *out, err *e);
bool pool_new_spi(address_pool *p, uint32_t *out, err *e);

#endif
