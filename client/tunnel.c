/* SPDX-License-Identifier: MIT */
/* tunnel.c - the device's MTU follows the path's only when that has been the same for a while: what is longer is
 * cut or answered on the way, and connections need not shrink for every passage through a narrow network. */
#include "tunnel.h"
#include "base/clock.h"
#include "proto/esp_hdr.h"

#include <string.h>

enum { MTU_SETTLED_MS = 2000, MTU_MIN_IP6 = 1280 };

static void warn(const tunnel *t, bool ok, const err *e)
{
	if (!ok)
		log_warn(t->log, "%s", e->text);
}

static void set_address(tunnel *t, const ip_addr *was, const ip_addr *is, bool *on, bool want)
{
	err e = { 0 };
	ip_prefix p = { .addr = *was, .bits = (uint8_t)(8 * was->len) };

	if (*on && (!want || !ip_equal(was, is))) {
		warn(t, netcfg_address(t->net, tun_ifindex(t->device), &p, false, &e), &e);
		*on = false;
	}
	p = (ip_prefix){ .addr = *is, .bits = (uint8_t)(8 * is->len) };
	if (want && is->len && !*on) {
		*on = netcfg_address(t->net, tun_ifindex(t->device), &p, true, &e);
		warn(t, *on, &e);
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

static void set_mtu(tunnel *t, uint16_t inner)
{
	err e = { 0 };
	uint16_t mtu = t->wanted.home6.len && inner < MTU_MIN_IP6 ? MTU_MIN_IP6 : inner;

	if (mtu == t->mtu || mtu < 576)
		return;
	warn(t, netcfg_link_mtu(t->net, tun_ifindex(t->device), mtu, &e), &e);
	netcfg_link_gso_max(t->net, tun_ifindex(t->device), gso_max(inner), NULL);
	t->mtu = mtu;
}

static void on_mtu_settled(void *ctx)
{
	tunnel *t = ctx;

	set_mtu(t, t->wanted.inner_mtu);
}

static void follow_mtu(tunnel *t)
{
	if (t->mtu == 0 || t->wanted.inner_mtu > t->mtu)
		set_mtu(t, t->wanted.inner_mtu);
	else
		io_timer_at(t->mtu_timer, clock_mono_ms() + MTU_SETTLED_MS);
}

static void announce_home(tunnel *t)
{
	uint8_t mac[6];
	err e = { 0 };
	uint32_t link = t->wanted.home_ifindex;

	if (!announce_link_mac(link, mac))
		return; /* no Ethernet */
	if (t->wanted.home4.len)
		warn(t, announce(t->announcer, link, mac, &t->wanted.home4, &e), &e);
	if (t->wanted.home6.len)
		warn(t, announce(t->announcer, link, mac, &t->wanted.home6, &e), &e);
}

/* At home the address stays on the TUN device: Linux answers ARP for it on every link. */
void tunnel_apply(tunnel *t)
{
	const client_tunnel *now = &t->wanted, *was = &t->applied;
	uint32_t device = tun_ifindex(t->device);
	bool on = now->up || now->at_home;
	routes wanted;
	err e = { 0 };

	t->changed = false;
	if (on)
		follow_mtu(t);
	if (on && !was->up && !was->at_home)
		warn(t, netcfg_link_up(t->net, device, true, &e), &e);
	set_address(t, &was->home4, &now->home4, &t->has_address4, on);
	set_address(t, &was->home6, &now->home6, &t->has_address6, on);
	routes_wanted(t->route_set, now, device, &wanted);
	warn(t, routes_apply(t->net, &t->routes, &wanted, &e), &e);
	if (now->at_home && !was->at_home)
		announce_home(t);
	t->applied = *now;
}

void tunnel_want(tunnel *t, const client_tunnel *wanted)
{
	t->wanted = *wanted;
	t->changed = true;
}

bool tunnel_open(tunnel *t, io_loop *l, const profile *p, const logger *log, err *e)
{
	*t = (tunnel){ .route_set = &p->routes, .log = log };
	return (t->device = tun_open(p->interface, e)) && (t->net = netcfg_open(e)) &&
	       (t->announcer = announcer_open(e)) &&
	       (t->mtu_timer = io_timer_new(l, on_mtu_settled, t, e));
}

void tunnel_close(tunnel *t)
{
	if (t->net && t->device) {
		tunnel_want(t, &(client_tunnel){ 0 });
		tunnel_apply(t);
	}
	io_timer_free(t->mtu_timer);
	announcer_close(t->announcer);
	netcfg_close(t->net);
	tun_close(t->device);
}
