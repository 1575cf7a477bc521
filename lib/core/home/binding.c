/* SPDX-License-Identifier: MIT */
#include "core/home/binding.h"

#include "proto/esp_hdr.h"
#include <stdlib.h>
#include <string.h>

enum {
	IP4_UDP_HDRS = 28,
	IP6_UDP_HDRS = 48,
	CAUTIOUS_IP_LEN = 1280, /* what a path is trusted with before its MTU is known */
};

void home_bindings_open(home_bindings *b)
{
	*b = (home_bindings){ .all = &b->one, .room = 1 };
}

void home_bindings_close(home_bindings *b)
{
	if (b->all != &b->one)
		free(b->all);
	*b = (home_bindings){ 0 };
}

/* Few clients have several. */
static void make_room(home_bindings *b)
{
	home_binding *all = b->room == 1 ? malloc(HOME_MAX_BINDINGS * sizeof *all) : NULL;

	if (!all) {
		b->n = b->room - 1;
		return;
	}
	*all = b->one;
	b->all = all;
	b->room = HOME_MAX_BINDINGS;
}

static void remove_at(home_bindings *b, unsigned i)
{
	b->n--;
	memmove(&b->all[i], &b->all[i + 1], (b->n - i) * sizeof b->all[0]);
}

const home_binding *home_bindings_find(const home_bindings *b, const ip_addr *care_of)
{
	for (unsigned i = 0; i < b->n; i++)
		if (ip_equal(&b->all[i].care_of, care_of))
			return &b->all[i];
	return NULL;
}

static home_binding *find_route(home_bindings *b, const dgram_route *r)
{
	for (unsigned i = 0; i < b->n; i++)
		if (dgram_route_equal(&b->all[i].route, r))
			return &b->all[i];
	return NULL;
}

const home_binding *home_bindings_find_route(const home_bindings *b, const dgram_route *r)
{
	return find_route((home_bindings *)b, r);
}

static void remove_replaced(home_bindings *b, const home_binding *made, bool keep_others)
{
	for (unsigned i = b->n; i-- > 0;)
		if (!keep_others || ip_equal(&b->all[i].care_of, &made->care_of) ||
		    dgram_route_equal(&b->all[i].route, &made->route))
			remove_at(b, i);
}

bool home_bindings_put(home_bindings *b, const home_binding *made, bool keep_others)
{
	const home_binding *same = find_route(b, &made->route);
	bool moved = !same && b->n > 0 && !keep_others;
	home_binding first = *made;

	if (same)
		first.path_mtu = same->path_mtu;
	remove_replaced(b, made, keep_others);
	if (b->n == b->room)
		make_room(b);
	memmove(&b->all[1], &b->all[0], b->n * sizeof first);
	b->all[0] = first;
	b->n++;
	b->at_home = false;
	b->handovers += moved;
	return moved;
}

void home_bindings_drop(home_bindings *b, const ip_addr *care_of)
{
	const home_binding *one = care_of ? home_bindings_find(b, care_of) : NULL;

	if (one)
		remove_at(b, (unsigned)(one - b->all));
	else
		b->n = 0;
}

void home_bindings_come_home(home_bindings *b)
{
	b->n = 0;
	b->at_home = true;
}

void home_bindings_leave_home(home_bindings *b)
{
	b->at_home = false;
}

void home_bindings_expire(home_bindings *b, uint64_t now_ms)
{
	for (unsigned i = b->n; i-- > 0;)
		if (b->all[i].expires_ms <= now_ms)
			remove_at(b, i);
}

uint64_t home_bindings_next_timer_ms(const home_bindings *b)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < b->n; i++)
		if (b->all[i].expires_ms < next)
			next = b->all[i].expires_ms;
	return next;
}

uint64_t home_bindings_end_ms(const home_bindings *b)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < b->n; i++)
		if (b->all[i].expires_ms > end)
			end = b->all[i].expires_ms;
	return end;
}

static home_binding *least_heard(home_bindings *b)
{
	home_binding *found = &b->all[0];

	for (unsigned i = 1; i < b->n; i++)
		if (b->all[i].heard_ms < found->heard_ms)
			found = &b->all[i];
	return found;
}

/* With several bindings the one that has been silent longest is taken for the one that moved. */
bool home_bindings_hear(home_bindings *b, uint64_t now_ms, const dgram_route *r, bool may_move)
{
	home_binding *from = find_route(b, r);
	bool moved = !from && may_move && b->n > 0;

	if (moved) {
		from = least_heard(b);
		from->route = *r;
		from->care_of = r->to.addr;
		from->carrier = false; /* until it registers from there */
		from->path_mtu = 0;
		b->handovers++;
	}
	if (from)
		from->heard_ms = now_ms;
	return moved;
}

void home_bindings_set_path_mtu(home_bindings *b, const dgram_route *r, uint16_t mtu)
{
	home_binding *from = find_route(b, r);

	if (from)
		from->path_mtu = mtu;
}

static size_t path_mtu(const home_binding *b, size_t link_mtu, bool cautious)
{
	size_t hdrs = b->route.to.addr.len == 16 ? IP6_UDP_HDRS : IP4_UDP_HDRS;
	size_t link = link_mtu - hdrs;

	if (b->path_mtu)
		return b->path_mtu < link ? b->path_mtu : link;
	return cautious && link > CAUTIOUS_IP_LEN - hdrs ? CAUTIOUS_IP_LEN - hdrs : link;
}

static uint16_t inner_mtu(const home_bindings *b, uint16_t link_mtu, bool cautious)
{
	size_t least = SIZE_MAX;

	for (unsigned i = 0; i < b->n; i++) {
		size_t mtu = path_mtu(&b->all[i], link_mtu, cautious);
		if (mtu < least)
			least = mtu;
	}
	return b->n ? (uint16_t)esp_inner_max(least) : 0;
}

uint16_t home_bindings_inner_mtu(const home_bindings *b, uint16_t link_mtu)
{
	return inner_mtu(b, link_mtu, true);
}

uint16_t home_bindings_clamp_mtu(const home_bindings *b, uint16_t link_mtu)
{
	return inner_mtu(b, link_mtu, false);
}
