/* SPDX-License-Identifier: MIT */
/* liveness.h - is the active path alive? When something was sent and nothing came back for a while, echoes ask;
 * silence of three round trips and a quarter of a second is death, two seconds after a keepalive, since an idle
 * radio has to wake up. What home sends may arrive though nothing of ours does (a firewall that closed in one
 * direction): so during traffic an echo now and then has to be answered, whatever else is heard.
 *
 * Who only receives sends nothing that could stay unanswered, and a NAT that has forgotten its mapping, or a firewall
 * that closed, looks like a pause of the sender. So where inner packets arrived and then none did for a while, an echo
 * asks as if something had been sent: in a pause it is answered, and follows a mapping that changed. A pause costs one
 * echo, a trickle at most one a second and one for every few packets, silence none. */
#ifndef HW_CORE_CLIENT_LIVENESS_H
#define HW_CORE_CLIENT_LIVENESS_H

#include "core/client/mtu.h"
#include "core/client/standby.h"

typedef struct client_liveness_path {
	uint64_t waiting_ms; /* since this send nothing came back; NEVER: nothing is unanswered */
	bool is_idle;        /* that was a keepalive: nobody is in a hurry */
	uint64_t probe_ms;   /* the next echo while waiting */
	uint32_t probe_gap_ms;
	uint64_t proven_ms;   /* our packets reached home: it answered one */
	uint64_t unproven_ms; /* since this echo none was answered; NEVER: none is out */
	uint64_t proof_ms;    /* the next one then */
	uint64_t
		received_ms; /* inner packets came until then; NEVER: none since the last echo that asked */
	uint64_t asked_ms;   /* that echo */
	uint32_t n_received; /* inner packets since */
} client_liveness_path;

typedef struct client_liveness {
	const client_host *host;
	client_paths *paths;
	client_echoes *echoes;
	client_standby *standby;
	client_mtu *mtu;
	client_liveness_path of[CLIENT_PATHS]; /* by the path's slot */
} client_liveness;

void client_liveness_reset(client_liveness *l, unsigned slot); /* another path is there */
void client_liveness_sent(client_liveness *l, core_time now, client_path *p);    /* inner packets */
static inline void client_liveness_received(client_liveness *l, uint64_t now_ms, /* one */
					    const client_path *p)
{
	l->of[p->slot].received_ms = now_ms;
	l->of[p->slot].n_received++;
}
static inline void client_liveness_quiet(client_liveness *l, const client_path *p)
{
	l->of[p->slot].waiting_ms = l->of[p->slot].probe_ms = NEVER;
}
void client_liveness_proven(client_liveness *l, const client_path *p, uint64_t now_ms);
void client_liveness_tick(client_liveness *l, core_time now);
uint64_t client_liveness_next_timer_ms(const client_liveness *l);

#endif
