/* SPDX-License-Identifier: MIT */
/* tunnel.c - the device's MTU follows the path's only when that has been the same for a while: what is longer is
 * cut or answered on the way, and connections need not shrink for every passage through a narrow network. */
#include "tunnel.h"
#include "base/clock.h"
#include "io/filter/watch.h"
#include "proto/esp_hdr.h"

#include <string.h>
#include <unistd.h>

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
	bool ip6 = routes_use_ip6(t->routing.in.set, &t->wanted);
	uint16_t mtu = ip6 && inner < MTU_MIN_IP6 ? MTU_MIN_IP6 : inner;

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

static void set_link_up(tunnel *t)
{
	err e = { 0 };

	if (!t->is_link_up)
		t->is_link_up = netcfg_link_up(t->net, tun_ifindex(t->device), true, &e);
	warn(t, t->is_link_up, &e);
}

/* The filter is there before the address, and the address before a route that names it. At home the address stays on
 * the TUN device: Linux answers ARP for it on every link that the filter leaves open. */
void tunnel_apply(tunnel *t)
{
	const client_tunnel *now = &t->wanted, *was = &t->applied;
	bool on = now->up || now->at_home;

	t->changed = false;
	if (on)
		follow_mtu(t);
	if (on || routes_fail_closed(t->routing.in.set))
		set_link_up(t);
	routing_filter(&t->routing, now);
	set_address(t, &was->home4, &now->home4, &t->has_address4, on);
	set_address(t, &was->home6, &now->home6, &t->has_address6, on);
	routing_apply(&t->routing, now);
	if (now->at_home && !was->at_home)
		announce_home(t);
	t->applied = *now;
}

void tunnel_want(tunnel *t, const client_tunnel *wanted)
{
	t->wanted = *wanted;
	t->changed = true;
}

void tunnel_links(tunnel *t, const uplink *list, size_t n)
{
	t->changed |= routing_links(&t->routing, list, n);
}

static void on_filter_changed(void *ctx)
{
	tunnel *t = ctx;

	if (filter_watch_drain(t->filter_fd))
		routing_check_filter(&t->routing);
}

/* Without nftables there is nothing to watch, and routing_filter() says so. */
static bool watch_filter(tunnel *t, io_loop *l, err *e)
{
	t->filter_fd = filter_watch_open(NULL);
	if (t->filter_fd < 0)
		return true;
	t->filter_watch = io_watch_new(l, t->filter_fd, on_filter_changed, t, e);
	return t->filter_watch != NULL;
}

static bool open_routing(tunnel *t, const profile *p, err *e)
{
	t->wanted = (client_tunnel){ .home4 = p->address,
				     .home6 = p->address6,
				     .network4 = p->network4,
				     .network6 = p->network6 };
	if (!routing_open(&t->routing, t->net, &p->routes, tun_name(t->device), &t->wanted, t->log,
			  e))
		return false;
	tunnel_apply(t); /* closed from the beginning, if at all */
	return true;
}

bool tunnel_open(tunnel *t, io_loop *l, const profile *p, const logger *log, err *e)
{
	*t = (tunnel){ .log = log, .filter_fd = -1 };
	return (t->device = tun_open(p->interface, e)) && (t->net = netcfg_open(e)) &&
	       (t->announcer = announcer_open(e)) &&
	       (t->mtu_timer = io_timer_new(l, on_mtu_settled, t, e)) && watch_filter(t, l, e) &&
	       open_routing(t, p, e);
}

void tunnel_close(tunnel *t, bool failed)
{
	if (t->net && t->device) {
		set_address(t, &t->applied.home4, &(ip_addr){ 0 }, &t->has_address4, false);
		set_address(t, &t->applied.home6, &(ip_addr){ 0 }, &t->has_address6, false);
		routing_close(&t->routing, failed && t->routing.found);
	}
	io_watch_free(t->filter_watch);
	if (t->filter_fd >= 0)
		close(t->filter_fd);
	io_timer_free(t->mtu_timer);
	announcer_close(t->announcer);
	netcfg_close(t->net);
	tun_close(t->device);
}
