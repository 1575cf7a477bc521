/* SPDX-License-Identifier: MIT */
#include "sockets.h"

#include <assert.h>

/* A name is a serial number, so that it is not soon used again, and the place's number plus one. */
enum { PLACE_BITS = 8, SERIAL_MAX = 0x3fffff };
static_assert(SOCKETS_MAX < 1 << PLACE_BITS, "a place's number fits into a name");

static socket_place *place_of(const sockets *s, uint32_t name)
{
	uint32_t i = (name & ((1 << PLACE_BITS) - 1)) - 1;
	const socket_place *k = i < SOCKETS_MAX ? &s->places[i] : NULL;

	return k && k->kind && k->name == name ? (socket_place *)(uintptr_t)k : NULL;
}

uint32_t sockets_add(sockets *s, const socket_kind *kind, void *ctx)
{
	for (uint32_t i = 0; i < SOCKETS_MAX; i++) {
		socket_place *k = &s->places[i];

		if (k->kind)
			continue;
		s->serial = (s->serial + 1) & SERIAL_MAX;
		*k = (socket_place){ .kind = kind,
				     .ctx = ctx,
				     .name = s->serial << PLACE_BITS | (i + 1),
				     .round = s->round };
		return k->name;
	}
	return 0;
}

void *sockets_find(const sockets *s, uint32_t name, const socket_kind *kind)
{
	const socket_place *k = place_of(s, name);

	return k && k->kind == kind && !k->dead ? k->ctx : NULL;
}

void sockets_let_go(sockets *s, uint32_t name)
{
	socket_place *k = place_of(s, name);

	if (!k || k->dead)
		return;
	k->dead = true;
	s->n_dead++;
	k->kind->mute(k->ctx);
}

/* What was queued before a socket was let go still leaves by it. */
unsigned sockets_send(sockets *s, const dgramq *q, socket_failure failed[SOCKETS_MAX])
{
	unsigned n = 0;

	s->round++;
	for (uint32_t i = 0; i < q->n_runs; i++) {
		socket_place *k = place_of(s, q->runs[i].route.sock);

		if (!k || k->round == s->round)
			continue;
		k->round = s->round;
		int why = k->kind->send(k->ctx, k->name, q);
		if (why && !k->dead)
			failed[n++] = (socket_failure){ k->name, why };
	}
	return n;
}

static void close_place(socket_place *k)
{
	k->kind->close(k->ctx);
	*k = (socket_place){ 0 };
}

void sockets_reap(sockets *s)
{
	for (unsigned i = 0; s->n_dead && i < SOCKETS_MAX; i++)
		if (s->places[i].dead) {
			close_place(&s->places[i]);
			s->n_dead--;
		}
}

void sockets_close_all(sockets *s)
{
	for (unsigned i = 0; i < SOCKETS_MAX; i++)
		if (s->places[i].kind)
			close_place(&s->places[i]);
	s->n_dead = 0;
}
