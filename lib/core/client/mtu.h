/* SPDX-License-Identifier: MIT */
/* mtu.h - what the active path carries: searched by padded echoes (core/packet/tunnel_mtu.h), sent to home,
 * checked while the path is used, and searched again when small packets are answered and large ones are not. */
#ifndef HW_CORE_CLIENT_MTU_H
#define HW_CORE_CLIENT_MTU_H

#include "core/client/echo.h"
#include "core/packet/tunnel_mtu.h"

typedef struct client_mtu_path {
	bool on;
	tunnel_mtu search;
	uint16_t sent;    /* what home has confirmed to have heard of us */
	uint64_t send_ms; /* the next echo that has it; NEVER: home has it */
	uint8_t send_n;
	uint8_t large_lost; /* large echoes in a row unanswered, while small ones were answered */
	uint32_t large_id;  /* the one on its way; 0: none */
	uint64_t large_sent_ms; /* when it left */
	uint64_t checked_ms;    /* that large packets pass */
	uint64_t trusted_ms;    /* no suspicion before */
} client_mtu_path;

typedef struct client_mtu {
	const client_host *host;
	client_paths *paths;
	client_echoes *echoes;
	client_mtu_path of[CLIENT_PATHS]; /* by the path's slot */
	uint16_t inner;                   /* longest inner packet; 0: not known yet */
} client_mtu;

void client_mtu_reset(client_mtu *m, unsigned slot); /* another path is there */
/* Searches from the link's MTU downward; that path's search so far is void. */
void client_mtu_start(client_mtu *m, core_time now, client_path *p);
void client_mtu_stop(client_mtu *m, client_path *p);
/* Takes over what is known of the active path. */
void client_mtu_update(client_mtu *m, core_time now);
void client_mtu_answered(client_mtu *m, core_time now, client_path *p, const client_echo_answer *a);
/* It is silent: do large ones pass? */
void client_mtu_suspect(client_mtu *m, core_time now, client_path *p);
/* The link refused a length. */
void client_mtu_refused(client_mtu *m, core_time now, client_path *p);
void client_mtu_tick(client_mtu *m, core_time now);
uint64_t client_mtu_next_timer_ms(const client_mtu *m);

static inline bool client_mtu_is_on(const client_mtu *m, const client_path *p)
{
	return m->of[p->slot].on;
}

#endif
