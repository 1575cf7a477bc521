/* SPDX-License-Identifier: MIT */
/* config.h - what of the configuration the core goes by; const while it is in use. */
#ifndef HW_CORE_MUX_CONFIG_H
#define HW_CORE_MUX_CONFIG_H

#include "base/conf_types.h"
#include "core/mux/guard.h"

enum { MUX_TARGETS = 64, MUX_PROXIES = 16 };

typedef struct mux_target { /* datagrams go to these and nowhere else */
	char name[CONF_NAME_MAX + 1];
	endpoint at;
} mux_target;

typedef struct mux_room_limits {       /* of all sources together; 0: no limit */
	unsigned connections, tunnels; /* open at once */
	uint64_t memory;               /* octets */
} mux_room_limits;

typedef struct mux_config {
	mux_target targets[MUX_TARGETS];
	unsigned n_targets;
	/* Reverse proxies in front, whose X-Forwarded-For names the client. */
	ip_prefix proxies[MUX_PROXIES];
	unsigned n_proxies;
	mux_guard_limits limits; /* these two are taken when the core is made */
	mux_room_limits room;
	uint64_t idle_ms; /* a tunnel ends when nothing came from its client for so long */
} mux_config;

/* NULL: none of that name. */
const mux_target *mux_config_target(const mux_config *c, const char *name);
bool mux_config_is_proxy(const mux_config *c, const ip_addr *a);

#endif
