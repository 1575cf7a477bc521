/* SPDX-License-Identifier: MIT */
/* client_hint.c - "unknown SPI": home may have lost our association, or a stranger wants us to
 * think so. The first hint is followed at once, later ones after pauses that double, until there
 * was quiet. */
#include "core/client_priv.h"

enum { HINT_GAP_MS = 1000, HINT_GAP_MAX_MS = 60000 };

static bool take_hint(client_reg *r, uint64_t now_ms)
{
	if (now_ms < r->hint_ms)
		return false;
	bool quiet = r->hint_gap_ms == 0 || now_ms >= r->hint_ms + 2ull * r->hint_gap_ms;
	r->hint_gap_ms = quiet ? HINT_GAP_MS : r->hint_gap_ms * 2;
	if (r->hint_gap_ms > HINT_GAP_MAX_MS)
		r->hint_gap_ms = HINT_GAP_MAX_MS;
	r->hint_ms = now_ms + r->hint_gap_ms;
	return true;
}

void client_hint(client_core *c, core_time now, const client_path *p, const dgram_in *d)
{
	wire_rd r = wire_reader(d->p, d->n);
	uint32_t spi;
	if (!ctl_unknown_spi_get(&r, &spi) || !endpoint_equal(&d->from, &p->remote) ||
	    p != c->active)
		return;
	if ((c->reg.state != REG_HELD && c->reg.state != REG_ASKING) || c->doubted ||
	    !client_sa_sends(c, spi) || !take_hint(&c->reg, now.ms))
		return;
	log_warn(c->log, "home seems to have lost our association (restarted?): registering");
	c->doubted = true;
	client_reg_go(c, now, false);
}
