/* SPDX-License-Identifier: MIT */
/* env.h - what the core has done for it: octets to a connection, datagrams to a target. The program does it
 * with streams and sockets, a test by recording what it is given. None of these calls back into the core. */
#ifndef HW_CORE_MUX_ENV_H
#define HW_CORE_MUX_ENV_H

#include "core/packet/dgramq.h"

typedef struct mux_tunnel mux_tunnel;

enum { MUX_WRITE_MAX = 64 * 1024 };

typedef struct mux_env {
	void *ctx;

	/* Connections, by the link that mux_core_accept() was given. */
	void (*write)(void *link, const void *p, size_t n); /* all of 1 .. MUX_WRITE_MAX octets */
	bool (*is_full)(const void *link);      /* the writer is to wait for mux_core_writable() */
	void (*pause)(void *link, bool paused); /* no mux_core_octets() for the moment */
	/* The oldest datagram for this connection has waited for so long (core/http/bbr_restart.h). */
	void (*note_wait)(void *link, uint64_t wait_ms);
	/* The core is done with the link: closed after what was written is sent, or at once. */
	void (*finish)(void *link);
	void (*abort)(void *link);

	/* UDP sockets, each connected to one target. NULL: *e says why; *why: the errno if connecting
	 * failed, else 0. */
	void *(*open_socket)(void *ctx, mux_tunnel *t, const endpoint *to, int *why, err *e);
	/* Sends all of q; returns the datagrams dropped, the last errno goes to *why (0: none). */
	unsigned (*send)(void *socket, const dgramq *q, int *why);
	void (*close_socket)(void *socket);
} mux_env;

#endif
