/* SPDX-License-Identifier: MIT */
#include "core/client/liveness.h"

enum {
	PROBE_MIN_MS = 50,
	DEAD_MS = 250,          /* and three round trips; docs/protocol.md promises 300 */
	CARRIER_DEAD_MS = 2000, /* a TCP connection that repairs a loss is silent meanwhile */
	IDLE_DEAD_MS = 2000,
	IDLE_PROBE_MS = 500,
	DEAD_GAP_MS = 1000,  /* a dead path is probed so often while it is used ... */
	UNUSED_MS = 10000,   /* ... and not at all when nobody sends */
	PROOF_MS = 2000,     /* so old may the last answer be ... */
	PROOF_DEAD_MS = 500, /* ... and so long, and three round trips, are new echoes waited for */
	PAUSE_MS = 250,      /* after so long without an inner packet an echo asks ... */
	ASK_GAP_MS = 1000,   /* ... but again so soon ... */
	ASK_PACKETS = 8,     /* ... only after so many packets */
};

void client_liveness_reset(client_liveness *l, unsigned slot)
{
	l->of[slot] = (client_liveness_path){
		.waiting_ms = NEVER, .probe_ms = NEVER, .unproven_ms = NEVER, .received_ms = NEVER
	};
}

/* Something was sent that brings an answer, or should: from here on silence counts. */
static void wait_for_answer(client_liveness *l, core_time now, const client_path *p, bool is_idle)
{
	client_liveness_path *k = &l->of[p->slot];
	uint32_t rtt = client_paths_rtt_ms(l->paths, p);
	uint32_t least = is_idle ? IDLE_PROBE_MS : PROBE_MIN_MS;

	k->waiting_ms = now.ms;
	k->is_idle = is_idle;
	k->probe_gap_ms = max_u32(rtt, least);
	k->probe_ms = now.ms + max_u32(rtt * 3 / 2, least);
}

void client_liveness_sent(client_liveness *l, core_time now, client_path *p)
{
	const client_liveness_path *k = &l->of[p->slot];

	client_paths_sent_data(p, now.ms);
	if (k->waiting_ms == NEVER || k->is_idle)
		wait_for_answer(l, now, p, false);
}

void client_liveness_proven(client_liveness *l, const client_path *p, uint64_t now_ms)
{
	l->of[p->slot].proven_ms = now_ms;
	l->of[p->slot].unproven_ms = NEVER;
}

static uint64_t one_way_ms(const client_liveness *l, const client_path *p)
{
	return l->of[p->slot].unproven_ms + 3ull * client_paths_rtt_ms(l->paths, p) +
	       (client_paths_by_carrier(p) ? CARRIER_DEAD_MS : PROOF_DEAD_MS);
}

static uint64_t next_proof_ms(const client_liveness *l, const client_path *p)
{
	const client_liveness_path *k = &l->of[p->slot];

	if (p->failed || p->last_data_ms < k->proven_ms)
		return NEVER; /* it is known to be dead, or unused since */
	return k->unproven_ms == NEVER ? k->proven_ms + PROOF_MS
				       : min_u64(k->proof_ms, one_way_ms(l, p));
}

static void fail(client_liveness *l, const client_path *p)
{
	client_events_put_path(l->host->events, CLIENT_EV_PATH_FAILED, p->name);
}

/* What is heard need not be an answer. True: the path is dead in our direction. */
static bool prove(client_liveness *l, core_time now, client_path *p)
{
	client_liveness_path *k = &l->of[p->slot];

	if (now.ms < next_proof_ms(l, p))
		return false;
	if (k->unproven_ms != NEVER && now.ms >= one_way_ms(l, p)) {
		client_liveness_proven(l, p, now.ms);
		fail(l, p);
		return true;
	}
	if (k->unproven_ms == NEVER)
		k->unproven_ms = now.ms;
	client_echo_send(l->echoes, now, p, 0, 0);
	k->proof_ms = now.ms + max_u32(client_paths_rtt_ms(l->paths, p), PROBE_MIN_MS);
	return false;
}

static uint64_t pause_ms(const client_liveness *l, const client_path *p)
{
	const client_liveness_path *k = &l->of[p->slot];

	if (k->received_ms == NEVER || p->failed)
		return NEVER;
	uint64_t at = k->received_ms + max_u32(client_paths_rtt_ms(l->paths, p) * 3 / 2, PAUSE_MS);
	return k->n_received >= ASK_PACKETS ? at : max_u64(at, k->asked_ms + ASK_GAP_MS);
}

/* What arrived has stopped. Where an answer is waited for, echoes ask already. */
static void ask(client_liveness *l, core_time now, client_path *p)
{
	client_liveness_path *k = &l->of[p->slot];

	k->received_ms = NEVER;
	k->asked_ms = now.ms;
	k->n_received = 0;
	if (k->waiting_ms != NEVER && !k->is_idle)
		return;
	client_echo_send(l->echoes, now, p, 0, 0);
	wait_for_answer(l, now, p, false);
}

static uint64_t dead_ms(const client_liveness *l, const client_path *p)
{
	const client_liveness_path *k = &l->of[p->slot];

	return k->waiting_ms + 3ull * client_paths_rtt_ms(l->paths, p) +
	       (client_paths_by_carrier(p) ? CARRIER_DEAD_MS
		: k->is_idle               ? IDLE_DEAD_MS
					   : DEAD_MS);
}

/* Standbys that did not answer while they were probed are no better. */
static void doubt_standbys(client_liveness *l, const client_path *dead)
{
	for (client_path *p = NULL; (p = client_paths_next(l->paths, p));)
		if (p != dead && p->last_rx_ms < l->of[dead->slot].waiting_ms)
			client_paths_doubt(p);
}

/* While a carrier is used, paths that do not answer are probed at their own pace (upgrade.h). */
static void probe_standbys(client_liveness *l, core_time now, const client_path *active)
{
	for (client_path *p = NULL; (p = client_paths_next(l->paths, p));)
		if (p != active && client_paths_is_usable(p) &&
		    (p->answering || !client_paths_by_carrier(active)))
			client_standby_probe(l->standby, now, p);
}

static void probe(client_liveness *l, core_time now, client_path *p)
{
	client_liveness_path *k = &l->of[p->slot];

	probe_standbys(l, now, p);
	client_echo_send(l->echoes, now, p, 0, 0);
	if (!p->failed) {
		client_mtu_suspect(l->mtu, now, p);
	} else {
		k->probe_gap_ms *= 2;
		client_events_put_path(l->host->events, CLIENT_EV_PATH_STILL_FAILED, p->name);
	}
	if (k->probe_gap_ms > DEAD_GAP_MS)
		k->probe_gap_ms = DEAD_GAP_MS;
	k->probe_ms = now.ms + k->probe_gap_ms;
}

static uint64_t keepalive_ms(const client_path *p)
{
	return p->nat && p->keepalive_s ? p->last_tx_ms + p->keepalive_s * 1000u : NEVER;
}

/* RFC 3948 4, but by an echo: that keeps the NAT's mapping as well, moves home's binding when it is another one now,
 * and its answer shows that home can reach us. */
static void keep_alive(client_liveness *l, core_time now, client_path *p)
{
	client_echo_send(l->echoes, now, p, 0, 0);
	client_paths_sent(p, now.ms);
	if (!p->failed && l->of[p->slot].waiting_ms == NEVER)
		wait_for_answer(l, now, p, true);
}

void client_liveness_tick(client_liveness *l, core_time now)
{
	client_path *p = l->paths->active;

	if (!p)
		return;
	const client_liveness_path *k = &l->of[p->slot];
	if (now.ms >= keepalive_ms(p))
		keep_alive(l, now, p);
	if (now.ms >= pause_ms(l, p))
		ask(l, now, p);
	if (prove(l, now, p) || k->waiting_ms == NEVER)
		return;
	if (now.ms >= p->last_data_ms + UNUSED_MS && now.ms >= k->waiting_ms + UNUSED_MS) {
		client_liveness_quiet(l, p);
		return;
	}
	if (!p->failed && now.ms >= dead_ms(l, p)) {
		doubt_standbys(l, p);
		fail(l, p);
		return;
	}
	if (now.ms >= k->probe_ms)
		probe(l, now, p);
}

uint64_t client_liveness_next_timer_ms(const client_liveness *l)
{
	const client_path *p = l->paths->active;

	if (!p)
		return NEVER;
	const client_liveness_path *k = &l->of[p->slot];
	uint64_t next = min_u64(min_u64(keepalive_ms(p), pause_ms(l, p)), next_proof_ms(l, p));
	if (k->waiting_ms == NEVER)
		return next;
	return min_u64(next, p->failed ? k->probe_ms : min_u64(k->probe_ms, dead_ms(l, p)));
}
