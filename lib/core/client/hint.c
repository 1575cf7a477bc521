/* SPDX-License-Identifier: MIT */
/* hint.c - "unknown SPI": home may have lost our association, or a stranger wants us to
 * think so. The first hint is followed at once, later ones after pauses that double, until there
 * was quiet. */
#include "core/client/priv.h"

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

static void home_forgot(client_core *c, core_time now, const client_path *p, uint32_t spi)
{
	if (p != c->active)
		return;
	if ((c->reg.state != REG_HELD && c->reg.state != REG_ASKING) || c->doubted ||
	    !client_sa_sends(c, spi) || !take_hint(&c->reg, now.ms))
		return;
	log_warn(c->log, "home seems to have lost our association (restarted?): registering");
	c->doubted = true;
	client_reg_go(c, now, false);
}

/* A relay's: it was restarted, or a NAT gave us another port. A standby is not worth a word. */
static void relay_forgot(client_core *c, core_time now, client_path *p, uint32_t spi)
{
	if (!client_by_relay(p) || !client_sa_sends(c, spi))
		return;
	if (p != c->active || take_hint(&c->reg, now.ms))
		client_relay_forgot(c, now, p);
}

void client_hint(client_core *c, core_time now, client_path *p, const dgram_in *d)
{
	wire_rd home = wire_reader(d->p, d->n), relay = home;
	uint32_t spi;
	if (!endpoint_equal(&d->from, &p->remote))
		return;
	if (ctl_unknown_spi_get(&home, &spi))
		home_forgot(c, now, p, spi);
	else if (ctl_unknown_visitor_get(&relay, &spi))
		relay_forgot(c, now, p, spi);
}
