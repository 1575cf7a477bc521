/* SPDX-License-Identifier: MIT */
/* sockets.h - what paths send by, under the names that the core has for them: UDP sockets (udp_sockets.h) and
 * carriers (carriers.h). A name contains the index in the table, so that nothing is searched for; sending touches only
 * those that something is queued for. */
#ifndef HW_CLIENT_SOCKETS_H
#define HW_CLIENT_SOCKETS_H

#include "core/client/core.h"

enum { SOCKETS_MAX = 2 * CLIENT_PATHS };

typedef struct socket_kind {
	/* Sends the runs of q that are for this name; returns an errno for the core, or 0. */
	int (*send)(void *ctx, uint32_t name, const dgramq *q);
	/* The core let go of it, perhaps while its packets are being handled: no more events. */
	void (*mute)(void *ctx);
	void (*close)(void *ctx);
} socket_kind;

typedef struct socket_place {
	const socket_kind *kind; /* NULL: free */
	void *ctx;
	uint32_t name;
	uint32_t round; /* of sockets_send() that sent by it last */
	bool dead;      /* let go, to be closed by sockets_reap() */
} socket_place;

typedef struct sockets {
	socket_place places[SOCKETS_MAX];
	uint32_t serial, round;
	unsigned n_dead;
} sockets;

typedef struct socket_failure {
	uint32_t name;
	int why;
} socket_failure;

/* The new one's name, never 0; 0: there are too many. */
uint32_t sockets_add(sockets *s, const socket_kind *kind, void *ctx);
/* The one of that name and kind, unless it was let go; else NULL. */
void *sockets_find(const sockets *s, uint32_t name, const socket_kind *kind);
void sockets_let_go(sockets *s, uint32_t name);
/* Sends all runs; returns how many sockets failed with an error that the core has to handle. */
unsigned sockets_send(sockets *s, const dgramq *q, socket_failure failed[SOCKETS_MAX]);
void sockets_reap(sockets *s); /* closes those that were let go */
void sockets_close_all(sockets *s);

#endif
