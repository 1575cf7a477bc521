/* SPDX-License-Identifier: MIT */
/* Theory of operation. A source is in the map and in one of two lists: open, while something is counted, or idle,
 * in the order in which they became so. The first of the idle ones is the first to be forgotten: when its time
 * is over, or to make room for a new one. */
#include "core/mux/guard.h"
#include "base/map.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { EXPIRE_AT_ONCE = 4 }; /* more than can come, so that the idle ones can't pile up */

struct mux_source {
	mux_source *prev, *next;
	map_key key;
	unsigned connections, tunnels;
	mux_share share[MUX_N_SHARES];
	uint64_t idle_ms;   /* since when nothing is open */
	uint64_t accept_us; /* when its connections so far would have come at just the rate */
	mux_budget_turns sent;
};

typedef struct source_list {
	mux_source *first, *last;
} source_list;

struct mux_guard {
	mux_guard_limits limits;
	map *by_address;
	source_list open, idle;
	uint64_t refused[MUX_N_VERDICTS];
};

static const char *const verdict_text[] = {
	[MUX_OK] = "fine",
	[MUX_CONNECTIONS] = "too many connections from one address",
	[MUX_RATE] = "too many new connections a second from one address",
	[MUX_TUNNELS] = "too many tunnels from one address",
	[MUX_SOURCES] = "too many addresses",
	[MUX_FULL] = "too many from all addresses",
};
static_assert(sizeof verdict_text / sizeof verdict_text[0] == MUX_N_VERDICTS, "name every verdict");

const char *mux_verdict_text(mux_verdict v)
{
	return verdict_text[v];
}

mux_guard_limits mux_guard_defaults(void)
{
	return (mux_guard_limits){ .connections = 256,
				   .tunnels = 64,
				   .accept = { .burst = 128, .rate = 64 },
				   .send = mux_budget_defaults(),
				   .sources = 65536 };
}

static void list_append(source_list *l, mux_source *s)
{
	s->prev = l->last;
	s->next = NULL;
	*(l->last ? &l->last->next : &l->first) = s;
	l->last = s;
}

static void list_remove(source_list *l, mux_source *s)
{
	*(l->first == s ? &l->first : &s->prev->next) = s->next;
	*(l->last == s ? &l->last : &s->next->prev) = s->prev;
}

static void free_all(mux_source *s)
{
	while (s) {
		mux_source *next = s->next;
		free(s);
		s = next;
	}
}

mux_guard *mux_guard_new(const mux_guard_limits *l, uint64_t seed)
{
	mux_guard *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->limits = *l;
	g->by_address = map_new(seed);
	if (!g->by_address) {
		free(g);
		return NULL;
	}
	return g;
}

void mux_guard_free(mux_guard *g)
{
	if (!g)
		return;
	free_all(g->open.first);
	free_all(g->idle.first);
	map_free(g->by_address);
	free(g);
}

static mux_verdict refuse(mux_guard *g, mux_verdict v)
{
	g->refused[v]++;
	return v;
}

/* IPv4-mapped addresses (RFC 4291 2.5.5.2) share the key of the IPv4 address; of others the /64 counts. */
static map_key key_of(const ip_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_mapped = a->len == 16 && memcmp(a->b, mapped, sizeof mapped) == 0;

	return map_key_bytes(a->b, a->len == 16 && !is_mapped ? 8 : a->len);
}

static bool is_beyond(unsigned count, unsigned limit)
{
	return limit && count >= limit;
}

static void forget(mux_guard *g, mux_source *s)
{
	list_remove(&g->idle, s);
	map_del(g->by_address, s->key);
	free(s);
}

static bool has_expired(const mux_guard *g, uint64_t now_ms)
{
	return g->idle.first && now_ms >= g->idle.first->idle_ms + MUX_GUARD_FORGET_MS;
}

void mux_guard_expire(mux_guard *g, uint64_t now_ms)
{
	while (has_expired(g, now_ms))
		forget(g, g->idle.first);
}

/* A new one, idle. NULL: there is no room, and all that are known have something open; or no memory. */
static mux_source *add(mux_guard *g, uint64_t now_ms, map_key key)
{
	if (is_beyond((unsigned)map_count(g->by_address), g->limits.sources)) {
		if (!g->idle.first)
			return NULL;
		forget(g, g->idle.first);
	}
	mux_source *s = calloc(1, sizeof *s);
	if (!s || !map_put(g->by_address, key, s)) {
		free(s);
		return NULL;
	}
	s->key = key;
	s->idle_ms = now_ms;
	list_append(&g->idle, s);
	return s;
}

/* What is refused costs nothing. */
static bool take_connection(mux_source *s, mux_allowance a, uint64_t now_ms)
{
	uint64_t after;

	if (a.rate == 0)
		return true;
	a.burst += a.burst == 0;
	if (!mux_allowance_has(a, s->accept_us, 1, now_ms, &after))
		return false;
	s->accept_us = after;
	return true;
}

static mux_verdict admit(mux_guard *g, uint64_t now_ms, map_key key, mux_source **out)
{
	mux_source *s = map_get(g->by_address, key);

	if (!s)
		s = add(g, now_ms, key);
	if (!s)
		return MUX_SOURCES;
	if (is_beyond(s->connections, g->limits.connections))
		return MUX_CONNECTIONS;
	if (!take_connection(s, g->limits.accept, now_ms))
		return MUX_RATE;
	*out = s;
	return MUX_OK;
}

static bool is_idle(const mux_source *s)
{
	return s->connections == 0 && s->tunnels == 0;
}

mux_verdict mux_guard_connect(mux_guard *g, uint64_t now_ms, const ip_addr *from, mux_source **s)
{
	*s = NULL;
	for (unsigned i = 0; i < EXPIRE_AT_ONCE && has_expired(g, now_ms); i++)
		forget(g, g->idle.first);
	mux_verdict v = admit(g, now_ms, key_of(from), s);
	if (v != MUX_OK)
		return refuse(g, v);
	if (is_idle(*s)) {
		list_remove(&g->idle, *s);
		list_append(&g->open, *s);
	}
	(*s)->connections++;
	return MUX_OK;
}

static void become_idle_if_unused(mux_guard *g, uint64_t now_ms, mux_source *s)
{
	if (!is_idle(s))
		return;
	s->idle_ms = now_ms;
	list_remove(&g->open, s);
	list_append(&g->idle, s);
}

void mux_guard_disconnect(mux_guard *g, uint64_t now_ms, mux_source *s)
{
	assert(s->connections > 0);
	s->connections--;
	become_idle_if_unused(g, now_ms, s);
}

mux_verdict mux_guard_tunnel_begin(mux_guard *g, mux_source *s)
{
	assert(!is_idle(s));
	if (is_beyond(s->tunnels, g->limits.tunnels))
		return refuse(g, MUX_TUNNELS);
	s->tunnels++;
	return MUX_OK;
}

void mux_guard_tunnel_end(mux_guard *g, uint64_t now_ms, mux_source *s)
{
	assert(s->tunnels > 0);
	s->tunnels--;
	become_idle_if_unused(g, now_ms, s);
}

void mux_guard_note_full(mux_guard *g)
{
	g->refused[MUX_FULL]++;
}

mux_share *mux_source_share(mux_source *s, mux_share_kind k)
{
	return &s->share[k];
}

bool mux_guard_take_send(const mux_guard *g, mux_source *s, mux_budget *b, uint64_t now_ms,
			 mux_entry kind, size_t n)
{
	return mux_budget_take(b, &s->sent, &g->limits.send, now_ms, kind, n);
}

size_t mux_guard_sources(const mux_guard *g)
{
	return map_count(g->by_address);
}

uint64_t mux_guard_refused(const mux_guard *g, mux_verdict v)
{
	return g->refused[v];
}
