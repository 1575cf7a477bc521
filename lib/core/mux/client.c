/* SPDX-License-Identifier: MIT */
#include "core/mux/client.h"

static void disconnect(mux_client *c, mux_guard *g, uint64_t now_ms)
{
	if (!c->is_connected_here)
		return;
	mux_guard_disconnect(g, now_ms, c->source);
	c->source = NULL;
	c->is_connected_here = false;
}

mux_verdict mux_client_begin_tunnel(mux_client *c, mux_guard *g, uint64_t now_ms)
{
	mux_verdict v = MUX_OK;

	if (!c->source) {
		v = mux_guard_connect(g, now_ms, &c->from, &c->source);
		c->is_connected_here = v == MUX_OK;
	}
	if (v == MUX_OK)
		v = mux_guard_tunnel_begin(g, c->source);
	if (v != MUX_OK)
		disconnect(c, g, now_ms);
	return v;
}

void mux_client_end_tunnel(mux_client *c, mux_guard *g, uint64_t now_ms)
{
	mux_guard_tunnel_end(g, now_ms, c->source);
	disconnect(c, g, now_ms);
}
