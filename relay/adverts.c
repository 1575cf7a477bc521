/* SPDX-License-Identifier: MIT */
#include "adverts.h"
#include "io/net/netcfg.h"
#include "io/net/now.h"
#include "proto/mip.h"

#include <stdlib.h>

static uint16_t port_of(const relay_file *c)
{
	for (unsigned i = 0; i < c->n_listens; i++)
		if (c->listens[i].port == MIP_ESP_PORT)
			return MIP_ESP_PORT;
	return c->n_listens ? c->listens[0].port : MIP_ESP_PORT;
}

static void send_to(adverts *a, unsigned link, const ip_addr *to)
{
	uint8_t out[RELAY_ADVERT_MAX];
	size_t n = relay_advert_build(&a->machine, &a->addresses[link], out);

	if (n)
		icmp_agents_send(a->icmp, a->links[link], &a->addresses[link], to, out, n);
}

static void on_timer(void *ctx)
{
	adverts *a = ctx;

	for (unsigned i = 0; i < a->n_links; i++)
		send_to(a, i, NULL);
	relay_advert_schedule(&a->machine, io_now(), (uint32_t)random());
	io_timer_at(a->timer, a->machine.next_ms);
}

static void on_solicitation(void *ctx, const icmp_heard *h)
{
	adverts *a = ctx;

	if (!agent_solicit_get(h->p, h->n))
		return;
	for (unsigned i = 0; i < a->n_links; i++)
		if (a->links[i] == h->ifindex && relay_advert_take_answer(&a->machine, io_now()))
			send_to(a, i, ip_is_any(&h->from) ? NULL : &h->from);
}

static void on_readable(void *ctx)
{
	adverts *a = ctx;

	icmp_agents_recv(a->icmp, on_solicitation, a);
}

static bool find_link(adverts *a, const relay_file *c, netcfg *net, const char *name, err *e)
{
	uplink list[UPLINK_MAX];
	uint32_t index = netcfg_ifindex(name);
	size_t n = index ? netcfg_uplinks(net, 0, list, e) : 0;

	for (size_t i = 0; i < n; i++)
		if (list[i].ifindex == index && list[i].local.addr.len == 4) {
			a->links[a->n_links] = index;
			a->addresses[a->n_links++] = list[i].local.addr;
			return icmp_agents_join(a->icmp, index, e);
		}
	return err_set(e, ERR_CONFIG,
		       "%s: advertise = %s: there is no such link, up and with an "
		       "IPv4 address",
		       c->file, name);
}

static bool find_links(adverts *a, const relay_file *c, err *e)
{
	netcfg *net = netcfg_open(e);
	bool ok = net != NULL;

	for (unsigned i = 0; ok && i < c->n_links; i++)
		ok = find_link(a, c, net, c->links[i], e);
	netcfg_close(net);
	return ok;
}

bool adverts_open(adverts *a, io_loop *l, const relay_file *c, err *e)
{
	if (c->n_links == 0)
		return true;
	a->icmp = icmp_agents_open(ICMP_AGENT, e);
	if (!a->icmp || !find_links(a, c, e))
		return false;
	a->timer = io_timer_new(l, on_timer, a, e);
	if (!a->timer)
		return false;
	a->watch = io_watch_new(l, icmp_agents_fd(a->icmp), on_readable, a, e);
	if (!a->watch)
		return false;
	relay_advert_init(&a->machine, c->core.name, port_of(c), c->advertise_s,
			  c->advertise_lifetime_s);
	io_timer_at(a->timer, 0);
	return true;
}

void adverts_close(adverts *a)
{
	uint8_t out[RELAY_ADVERT_MAX];

	for (unsigned i = 0; a->icmp && a->machine.begun && i < a->n_links; i++) {
		size_t n = relay_advert_build_last(&a->machine, &a->addresses[i], out);
		icmp_agents_send(a->icmp, a->links[i], &a->addresses[i], NULL, out, n);
	}
	io_watch_free(a->watch);
	io_timer_free(a->timer);
	icmp_agents_close(a->icmp);
}
