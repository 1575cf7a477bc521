/* SPDX-License-Identifier: MIT */
/* world_traffic.c - numbered inner packets (UDP over IPv4), sent regularly and accounted for; what the cores count. */
#include "world.h"
#include "proto/checksum.h"

enum { IP_HDR = 20, UDP_HDR = 8, NUMBER_AT = IP_HDR + UDP_HDR, INNER_MIN = NUMBER_AT + 4 };

static const uint8_t lan_host[4] = { 192, 168, 50, 20 }, permanent[4] = { 192, 168, 50, 101 };

static size_t build(uint8_t *out, uint32_t number, uint32_t size, bool up)
{
	uint8_t *p = out + VNET_HDR_LEN;
	uint32_t n = size < INNER_MIN ? INNER_MIN : size;

	memset(out, 0, VNET_HDR_LEN + n);
	p[0] = 0x45;
	p[8] = 64;
	p[9] = IPPROTO_NUM_UDP;
	memcpy(p + 12, up ? permanent : lan_host, 4);
	memcpy(p + 16, up ? lan_host : permanent, 4);
	store_be16(p + IP_HDR, 7000);
	store_be16(p + IP_HDR + 2, 7000);
	store_be16(p + IP_HDR + 4, (uint16_t)(n - IP_HDR));
	store_be32(p + NUMBER_AT, number);
	ip_view v = { .version = 4, .proto = IPPROTO_NUM_UDP, .hdr_len = IP_HDR, .len = n };
	ip_set_len(p, &v, n);
	return VNET_HDR_LEN + n;
}

void world_follow_home_link(void *ctx, const uplink *u, const ip_addr *home_lan)
{
	(void)home_lan;
	((world *)ctx)->home_link = u ? u->ifindex : 0;
}

bool world_next_packet(void *ctx, uint32_t ifindex)
{
	world *w = ctx;

	w->watched = w->packets_unseen ? 0 : ifindex;
	return !w->packets_unseen;
}

/* At home, packets leave by the link that the system takes for it, and the core sees none of them. */
static void send_in_the_clear(world *w)
{
	const site *s = &w->sites[w->tunnel.home_ifindex - 2];

	w->clear++;
	w->leaked += !s->home_link;
	if (!s->home_link)
		w->leaked_us = w->us;
	if (w->watched != w->tunnel.home_ifindex)
		return;
	w->watched = 0;
	client_core_home_packet(w->client, world_client_time(w));
}

static void send_one(world *w, flow *f, bool up)
{
	uint8_t buf[VNET_HDR_LEN + 2000];
	size_t n = build(buf, f->next, f->size, up);

	assert_true(f->next < NUMBERS);
	f->next++;
	f->sent++;
	if (up && w->tunnel.at_home)
		send_in_the_clear(w);
	else if (up)
		client_core_packet(w->client, world_client_time(w), buf, n);
	else
		home_core_packet(w->home, world_home_time(w), buf, n);
	world_collect(w);
}

static bool may_send(const world *w, const flow *f)
{
	return f != &w->up || client_core_wants_packets(w->client, world_client_time(w));
}

void traffic_send(world *w)
{
	flow *both[] = { &w->up, &w->down };

	for (int i = 0; i < 2; i++) {
		flow *f = both[i];
		if (!f->every_us)
			continue;
		while (f->next_us <= w->us && may_send(w, f)) { /* else they wait in the TUN */
			send_one(w, f, f == &w->up);
			f->next_us += f->every_us;
		}
	}
}

uint64_t traffic_next_us(const world *w)
{
	uint64_t up = w->up.every_us && may_send(w, &w->up) ? w->up.next_us : UINT64_MAX;
	uint64_t down = w->down.every_us ? w->down.next_us : UINT64_MAX;

	return up < down ? up : down;
}

static void one_received(world *w, flow *f, uint32_t number)
{
	assert_true(number < f->next);
	if (number < f->base)
		return; /* of an account that is closed */
	if (f->seen[number]) {
		f->duplicated++;
		return;
	}
	f->seen[number] = 1;
	f->reordered += f->received && number < f->newest;
	f->newest = number > f->newest ? number : f->newest;
	if (f->received && w->us - f->last_us > f->gap_us) {
		f->gap_us = w->us - f->last_us;
		f->gap_from_us = f->last_us;
	}
	f->received++;
	f->last_us = w->us;
}

void traffic_received(world *w, flow *f, join *j)
{
	join_finish(j);
	for (uint32_t i = 0; i < j->n; i++) {
		const struct iovec *v = &j->items[i].iov[1];
		const uint8_t *p = v->iov_base;
		ip_view ip;
		assert_true(ip_parse_packet(p, v->iov_len, false, &ip));
		if (ip.proto == IPPROTO_NUM_UDP && ip.len >= INNER_MIN)
			one_received(w, f, load_be32(p + NUMBER_AT));
	}
	join_clear(j);
}

void world_account(world *w)
{
	flow *both[] = { &w->up, &w->down };

	for (int i = 0; i < 2; i++) {
		flow *f = both[i];
		f->base = f->next;
		f->sent = f->received = f->duplicated = f->reordered = f->newest = 0;
		f->gap_us = f->gap_from_us = 0;
	}
}

void world_traffic(world *w, uint32_t every_us, uint32_t size)
{
	w->up.every_us = w->down.every_us = every_us;
	w->up.size = w->down.size = size;
	w->up.next_us = w->down.next_us = w->us;
}

uint32_t lost(const flow *f)
{
	return f->sent - f->received;
}

client_status world_status(world *w)
{
	client_status s;

	client_core_status(w->client, world_client_time(w), &s);
	return s;
}

home_counters world_home(world *w)
{
	return home_core_counters(w->home);
}
