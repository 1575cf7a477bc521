/* SPDX-License-Identifier: MIT */
/* liveness.c - is the active path alive? Asked while it is used, and by keepalives: when something was
 * sent and nothing came back for a while, echoes ask; silence of three round trips and a quarter
 * of a second is death, two seconds after a keepalive, since an idle radio has to wake up. What comes may come
 * though nothing of ours arrives (a firewall that closed in one direction): so during traffic an echo now and
 * then has to be answered, whatever else is heard. */
#include "core/client/priv.h"

enum {
	ASK_MIN_MS = 50,
	DEAD_MS = 250,          /* and three round trips; 300 is what is promised */
	CARRIER_DEAD_MS = 2000, /* a TCP connection that repairs a loss is silent meanwhile */
	IDLE_DEAD_MS = 2000,
	IDLE_ASK_MS = 500,
	DEAD_GAP_MS = 1000,  /* a dead path is asked so often while it is used ... */
	UNUSED_MS = 10000,   /* ... and no more when nobody sends */
	PROOF_MS = 2000,     /* so old may the last answer be ... */
	PROOF_DEAD_MS = 500, /* ... and so long, and three round trips, are new echoes waited for */
};

void client_live_quiet(client_path *p)
{
	p->waiting_ms = p->probe_ms = NEVER;
}

/* Something was sent that brings an answer, or should: from here on silence counts. */
static void wait_for_answer(client_core *c, core_time now, client_path *p, bool idly)
{
	uint32_t rtt = client_path_rtt_ms(c, p), least = idly ? IDLE_ASK_MS : ASK_MIN_MS;
	p->waiting_ms = now.ms;
	p->waits_idly = idly;
	p->probe_gap_ms = max_u32(rtt, least);
	p->probe_ms = now.ms + max_u32(rtt * 3 / 2, least);
}

void client_live_sent(client_core *c, core_time now, client_path *p)
{
	p->last_data_ms = p->last_tx_ms = p->last_use_ms = now.ms;
	p->mtu_sleeps = false;
	if (p->waiting_ms == NEVER || p->waits_idly)
		wait_for_answer(c, now, p, false);
}

void client_live_proven(client_path *p, uint64_t now_ms)
{
	p->proven_ms = now_ms;
	p->unproven_ms = NEVER;
}

static uint64_t one_way_at(const client_core *c, const client_path *p)
{
	return p->unproven_ms + 3ull * client_path_rtt_ms(c, p) +
	       (client_by_carrier(p) ? CARRIER_DEAD_MS : PROOF_DEAD_MS);
}

static uint64_t proof_due(const client_core *c, const client_path *p)
{
	if (p->failed || !c->cur || p->last_data_ms < p->proven_ms)
		return NEVER; /* known to be dead, or unused since */
	return p->unproven_ms == NEVER ? p->proven_ms + PROOF_MS
				       : min_u64(p->proof_ms, one_way_at(c, p));
}

/* Something is heard: is it an answer, too? */
static void prove(client_core *c, core_time now, client_path *p)
{
	if (now.ms < proof_due(c, p))
		return;
	if (p->unproven_ms != NEVER && now.ms >= one_way_at(c, p)) {
		p->unproven_ms = NEVER;
		p->proven_ms = now.ms;
		client_live_failed(c, now, p);
		return;
	}
	if (p->unproven_ms == NEVER)
		p->unproven_ms = now.ms;
	client_echo_send(c, now, p, c->cur, 0, 0);
	p->proof_ms = now.ms + max_u32(client_path_rtt_ms(c, p), ASK_MIN_MS);
}

static uint64_t dead_at(const client_core *c, const client_path *p)
{
	return p->waiting_ms + 3ull * client_path_rtt_ms(c, p) +
	       (client_by_carrier(p) ? CARRIER_DEAD_MS
		: p->waits_idly      ? IDLE_DEAD_MS
				     : DEAD_MS);
}

/* Standbys that didn't answer while they were asked are no better. */
static void judge_standbys(client_core *c, const client_path *dead)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (p->used && p != dead && p->last_rx_ms < dead->waiting_ms)
			p->answering = false;
	}
}

/* While a carrier is used, the ways that do not answer are tried at their own pace (choice.c). */
static bool worth_asking(const client_path *p, const client_path *active)
{
	return p->used && p != active && client_path_usable(p) &&
	       (p->answering || !client_by_carrier(active));
}

static void ask(client_core *c, core_time now, client_path *active)
{
	for (unsigned i = 0; i < CLIENT_PATHS; i++) {
		client_path *p = &c->paths[i];
		if (worth_asking(p, active))
			client_path_probe(c, now, p);
	}
	client_echo_send(c, now, active, c->cur, 0, 0);
	if (!active->failed)
		client_mtu_doubt(c, now, active);
	else
		active->probe_gap_ms *= 2;
	if (active->probe_gap_ms > DEAD_GAP_MS)
		active->probe_gap_ms = DEAD_GAP_MS;
	active->probe_ms = now.ms + active->probe_gap_ms;
}

static uint64_t keepalive_at(const client_core *c)
{
	const client_path *p = c->active;
	if (!p || !c->cur || !p->nat || !p->keepalive_s || c->reg.state == REG_HOME)
		return NEVER;
	return p->last_tx_ms + p->keepalive_s * 1000u;
}

/* RFC 3948 4, but by an echo: that keeps the NAT's mapping as well, tells home when it is another one now,
 * and its answer says that home can reach us. */
static void keep_alive(client_core *c, core_time now, client_path *p)
{
	client_echo_send(c, now, p, c->cur, 0, 0);
	p->last_tx_ms = now.ms;
	if (!p->failed && p->waiting_ms == NEVER)
		wait_for_answer(c, now, p, true);
}

void client_live_tick(client_core *c, core_time now)
{
	client_path *p = c->active;
	if (now.ms >= keepalive_at(c))
		keep_alive(c, now, p);
	if (p && c->reg.state != REG_HOME)
		prove(c, now, p);
	p = c->active;
	if (!p || p->waiting_ms == NEVER)
		return;
	if (!c->cur || c->reg.state == REG_HOME ||
	    (now.ms >= p->last_data_ms + UNUSED_MS && now.ms >= p->waiting_ms + UNUSED_MS)) {
		client_live_quiet(p);
		return;
	}
	if (!p->failed && now.ms >= dead_at(c, p)) {
		judge_standbys(c, p);
		client_live_failed(c, now, p);
	}
	if (p == c->active && now.ms >= p->probe_ms)
		ask(c, now, p);
}

uint64_t client_live_due(const client_core *c)
{
	const client_path *p = c->active;
	if (!p || c->reg.state == REG_HOME)
		return NEVER;
	uint64_t due = min_u64(keepalive_at(c), proof_due(c, p));
	if (p->waiting_ms == NEVER)
		return due;
	return min_u64(due, p->failed ? p->probe_ms : min_u64(p->probe_ms, dead_at(c, p)));
}
