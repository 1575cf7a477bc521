/* SPDX-License-Identifier: MIT */
/* tunnel.c - the TUN device as the core wants it: address, MTU, routes; and the home link when at
 * home. The device's MTU follows the path's only when that has been the same for a while: what is
 * longer is cut or answered on the way, and connections need not shrink for every passage through
 * a narrow network. */
#include "shell.h"
#include "base/clock.h"
#include "proto/esp_hdr.h"

#include <string.h>

enum { MTU_SETTLED_MS = 2000, MTU_MIN_IP6 = 1280 };

static void warn(shell *s, bool ok, const err *e)
{
	if (!ok)
		log_warn(&s->log, "%s", e->text);
}

static void set_address(shell *s, const ip_addr *was, const ip_addr *is, bool *on, bool want)
{
	err e = { 0 };
	ip_prefix p = { .addr = *was, .bits = (uint8_t)(8 * was->len) };
	if (*on && (!want || !ip_equal(was, is))) {
		warn(s, netcfg_address(s->net, tun_ifindex(s->tun), &p, false, &e), &e);
		*on = false;
	}
	p = (ip_prefix){ .addr = *is, .bits = (uint8_t)(8 * is->len) };
	if (want && is->len && !*on) {
		*on = netcfg_address(s->net, tun_ifindex(s->tun), &p, true, &e);
		warn(s, *on, &e);
	}
}

/* As long as one super-segment, sealed, is one send. */
static uint32_t gso_max(uint16_t inner_mtu)
{
	enum { HEADERS = 40 };
	uint32_t segs = DGRAMQ_RUN_MAX_BYTES / (uint32_t)esp_sealed_len(inner_mtu);
	if (segs > DGRAMQ_RUN_MAX_SEGS)
		segs = DGRAMQ_RUN_MAX_SEGS;
	return segs * (inner_mtu - HEADERS);
}

static void set_mtu(shell *s, uint16_t inner)
{
	err e = { 0 };
	uint16_t mtu = s->wanted.home6.len && inner < MTU_MIN_IP6 ? MTU_MIN_IP6 : inner;
	if (mtu == s->tun_mtu || mtu < 576)
		return;
	warn(s, netcfg_link_mtu(s->net, tun_ifindex(s->tun), mtu, &e), &e);
	netcfg_link_gso_max(s->net, tun_ifindex(s->tun), gso_max(inner), NULL);
	s->tun_mtu = mtu;
}

void tunnel_mtu_due(void *ctx)
{
	shell *s = ctx;
	set_mtu(s, s->wanted.inner_mtu);
}

static void follow_mtu(shell *s)
{
	if (s->tun_mtu == 0 || s->wanted.inner_mtu > s->tun_mtu)
		set_mtu(s, s->wanted.inner_mtu);
	else
		io_timer_at(s->mtu_timer, clock_mono_ms() + MTU_SETTLED_MS);
}

static void announce_home(shell *s)
{
	uint8_t mac[6];
	err e = { 0 };
	uint32_t link = s->wanted.home_ifindex;
	if (!announce_link_mac(link, mac))
		return; /* no Ethernet */
	if (s->wanted.home4.len)
		warn(s, announce(s->announcer, link, mac, &s->wanted.home4, &e), &e);
	if (s->wanted.home6.len)
		warn(s, announce(s->announcer, link, mac, &s->wanted.home6, &e), &e);
}

/* At home the address stays on the TUN device: Linux answers ARP for it on every link. */
void tunnel_apply(shell *s)
{
	const client_tunnel *t = &s->wanted;
	bool on = t->up || t->at_home, was_home = s->applied.at_home;
	routes wanted;
	err e = { 0 };
	s->tunnel_changed = false;
	if (on)
		follow_mtu(s);
	if (on && !s->applied.up && !s->applied.at_home)
		warn(s, netcfg_link_up(s->net, tun_ifindex(s->tun), true, &e), &e);
	set_address(s, &s->applied.home4, &t->home4, &s->address4_on, on);
	set_address(s, &s->applied.home6, &t->home6, &s->address6_on, on);
	routes_wanted(&s->profile->routes, t, tun_ifindex(s->tun), &wanted);
	warn(s, routes_apply(s->net, &s->routes, &wanted, &e), &e);
	if (t->at_home && !was_home)
		announce_home(s);
	s->applied = *t;
}

void tunnel_put_back(shell *s)
{
	memset(&s->wanted, 0, sizeof s->wanted);
	tunnel_apply(s);
}
