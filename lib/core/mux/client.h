/* SPDX-License-Identifier: MIT */
/* client.h - for whom the guard counts a tunnel: the source of a connection that it counts already or, behind
 * a reverse proxy, just the address that the proxy names. */
#ifndef HW_CORE_MUX_CLIENT_H
#define HW_CORE_MUX_CLIENT_H

#include "core/mux/guard.h"

typedef struct mux_client {
	mux_source *source; /* NULL: not counted */
	ip_addr from;
	bool is_connected_here; /* by mux_client_begin_tunnel() */
} mux_client;

/* Counts a tunnel. For an address behind a proxy it counts a connection, too, while the tunnel is there: the
 * proxy's own says nothing of how many clients come by it. */
mux_verdict mux_client_begin_tunnel(mux_client *c, mux_guard *g, uint64_t now_ms);
void mux_client_end_tunnel(mux_client *c, mux_guard *g, uint64_t now_ms);

#endif
