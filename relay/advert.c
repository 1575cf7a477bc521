/* SPDX-License-Identifier: MIT */
/* advert.c - the relay makes itself known on links where clients visit (RFC 5944 2): advertisements at
 * their interval, one at once for who asks, a last one with lifetime 0 at the end. */
#include "relay.h"

#include "io/net/netcfg.h"
#include "proto/mip.h"
#include <stdlib.h>

static uint16_t port_of(const relay_file *c)
{
	for (unsigned i = 0; i < c->n_listens; i++)
		if (c->listens[i].port == MIP_ESP_PORT)
			return MIP_ESP_PORT;
	return c->n_listens ? c->listens[0].port : MIP_ESP_PORT;
}

static void send_to(relay *r, unsigned link, const ip_addr *to)
{
	relay_adverts *a = &r->adverts;
	uint8_t out[RELAY_ADVERT_MAX];
	size_t n = relay_advert_build(&a->machine, &a->addresses[link], out);

	if (n)
		icmp_agents_send(a->icmp, a->links[link], &a->addresses[link], to, out, n);
}

static void on_timer(void *ctx)
{
	relay *r = ctx;
	relay_adverts *a = &r->adverts;

	for (unsigned i = 0; i < a->n_links; i++)
		send_to(r, i, NULL);
	relay_advert_schedule(&a->machine, relay_now(), (uint32_t)random());
	io_timer_at(a->timer, a->machine.next_ms);
}

static void on_solicitation(void *ctx, const icmp_heard *h)
{
	relay *r = ctx;
	relay_adverts *a = &r->adverts;

	if (!agent_solicit_get(h->p, h->n))
		return;
	for (unsigned i = 0; i < a->n_links; i++)
		if (a->links[i] == h->ifindex && relay_advert_take_answer(&a->machine, relay_now()))
			send_to(r, i, ip_is_any(&h->from) ? NULL : &h->from);
}

static void on_readable(void *ctx)
{
	relay *r = ctx;

	icmp_agents_recv(r->adverts.icmp, on_solicitation, r);
}

static bool find_link(relay *r, netcfg *net, const char *name, err *e)
{
	relay_adverts *a = &r->adverts;
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
		       r->conf->file, name);
}

static bool find_links(relay *r, err *e)
{
	netcfg *net = netcfg_open(e);
	bool ok = net != NULL;

	for (unsigned i = 0; ok && i < r->conf->n_links; i++)
		ok = find_link(r, net, r->conf->links[i], e);
	netcfg_close(net);
	return ok;
}

bool relay_adverts_open(relay *r, err *e)
{
	relay_adverts *a = &r->adverts;
	const relay_file *c = r->conf;

	if (c->n_links == 0)
		return true;
	a->icmp = icmp_agents_open(ICMP_AGENT, e);
	if (!a->icmp || !find_links(r, e) || !(a->timer = io_timer_new(r->loop, on_timer, r, e)) ||
	    !(a->watch = io_watch_new(r->loop, icmp_agents_fd(a->icmp), on_readable, r, e)))
		return false;
	relay_advert_init(&a->machine, c->core.name, port_of(c), c->advertise_s,
			  c->advertise_lifetime_s);
	io_timer_at(a->timer, 0);
	return true;
}

void relay_adverts_close(relay *r)
{
	relay_adverts *a = &r->adverts;
	uint8_t out[RELAY_ADVERT_MAX];

	for (unsigned i = 0; a->icmp && a->machine.begun && i < a->n_links; i++) {
		size_t n = relay_advert_build_last(&a->machine, &a->addresses[i], out);
		icmp_agents_send(a->icmp, a->links[i], &a->addresses[i], NULL, out, n);
	}
	io_watch_free(a->watch);
	io_timer_free(a->timer);
	icmp_agents_close(a->icmp);
}
