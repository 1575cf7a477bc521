/* SPDX-License-Identifier: MIT */
/* mtu.c - what the active path carries: searched by padded echoes, told to home, made sure
 * of while it is used, and searched anew when small packets are answered and big ones are not. */
#include "core/client/priv.h"

enum {
	IP4_UDP = 28,
	IP6_UDP = 48,
	IDLE_MS = 10000,      /* no search upward while nobody sends */
	CARRIER_MTU = 1500,   /* behind the multiplexer there is an ordinary network */
	TELL_WAIT_MS = 10,    /* let the answers of a whole ladder come in */
	BIG_WAIT_MS = 100,    /* at least; else two round trips */
	BIG_REST_MS = 1000,   /* big ones passed: no new doubt so soon */
	CHECK_MS = 2000,      /* at most so often while nothing is wrong ... */
	CHECK_MAX_MS = 10000, /* ... and at least so often during traffic without end */
	QUIET_MS = 250,       /* the end of a burst of traffic, or its standstill */
	SUSPECT_REST_MS = 2000,
};

void client_mtu_start(client_core *c, core_time now, client_path *p)
{
	unsigned hdrs = p->up.local.addr.len == 4 ? IP4_UDP : IP6_UDP;
	uint32_t most = client_by_carrier(p) ? CARRIER_MTU : UINT16_MAX;
	uint32_t mtu = p->up.mtu > most ? most : p->up.mtu;
	(void)c;
	if (mtu < TUNNEL_MTU_MIN + hdrs)
		mtu = TUNNEL_MTU_MIN + hdrs;
	tunnel_mtu_start(&p->mtu, (uint16_t)(mtu - hdrs), now.ms);
	p->mtu_on = true;
	p->big_id = 0;
	p->tell_ms = NEVER;
}

void client_mtu_update(client_core *c, core_time now)
{
	client_path *p = c->active;
	if (!p || !p->mtu_on)
		return;
	c->inner_mtu = (uint16_t)esp_inner_max(tunnel_mtu_now(&p->mtu));
	if (p->mtu.good && p->mtu.good != p->mtu_told) {
		p->tell_ms = now.ms + TELL_WAIT_MS;
		p->tell_n = 0;
	}
}

void client_mtu_answer(client_core *c, core_time now, client_path *p, uint32_t id, uint16_t size)
{
	if (id == p->big_id) {
		p->big_id = 0;
		p->big_lost = 0;
		p->suspect_ms = now.ms + BIG_REST_MS;
	}
	tunnel_mtu_answered(&p->mtu, size);
	client_mtu_update(c, now);
	client_tell(c, now);
}

void client_mtu_doubt(client_core *c, core_time now, client_path *p)
{
	if (!p->mtu_on || p->big_id || now.ms < p->suspect_ms || p->mtu.good <= TUNNEL_MTU_MIN)
		return;
	p->big_sent_ms = now.ms;
	p->big_id = client_echo_send(c, now, p, c->cur, CTL_STAY, p->mtu.good);
}

static void black_hole(client_core *c, core_time now, client_path *p)
{
	log_info(c->log, "uplink %s swallows packets of %u octets: searching anew", p->up.name,
		 p->mtu.good);
	p->big_lost = 0;
	p->suspect_ms = now.ms + SUSPECT_REST_MS;
	tunnel_mtu_suspect(&p->mtu, now.ms);
	client_mtu_update(c, now);
}

void client_mtu_too_long(client_core *c, core_time now, client_path *p)
{
	if (!p->mtu_on || now.ms < p->suspect_ms)
		return;
	black_hole(c, now, p);
}

static uint64_t big_due(const client_core *c, const client_path *p)
{
	return p->big_id ? p->big_sent_ms + max_u32(2 * client_path_rtt_ms(c, p), BIG_WAIT_MS)
			 : NEVER;
}

/* Silence of a big one says something only if small ones were answered meanwhile. */
static void big_is_late(client_core *c, core_time now, client_path *p)
{
	bool alive = p->last_rx_ms >= p->big_sent_ms;
	p->big_id = 0;
	if (!alive)
		return;
	if (++p->big_lost >= 2) {
		black_hole(c, now, p);
		return;
	}
	client_echo_send(c, now, p, c->cur, CTL_STAY, 0);
	client_mtu_doubt(c, now, p);
}

/* A transfer towards us that stands still because its packets vanish looks like the end of
 * traffic from here. So after a burst, and now and then during one, it is made sure that large
 * packets still pass. */
static uint64_t check_due(const client_path *p)
{
	if (p->big_id || p->last_use_ms <= p->checked_ms)
		return NEVER;
	uint64_t at = min_u64(p->last_use_ms + QUIET_MS, p->checked_ms + CHECK_MAX_MS);
	uint64_t rest =
		p->checked_ms + CHECK_MS > p->suspect_ms ? p->checked_ms + CHECK_MS : p->suspect_ms;
	return at > rest ? at : rest;
}

static void check(client_core *c, core_time now, client_path *p)
{
	p->checked_ms = now.ms;
	client_echo_send(c, now, p, c->cur, CTL_STAY, 0);
	client_mtu_doubt(c, now, p);
}

static bool asleep(const client_core *c)
{
	const client_path *p = c->active;
	return !p || !p->mtu_on || !c->cur || !p->answering || p->failed ||
	       c->reg.state == REG_HOME;
}

static void search(client_core *c, core_time now, client_path *p)
{
	uint16_t sizes[TUNNEL_MTU_PROBES];
	if (p->mtu_sleeps || now.ms < tunnel_mtu_due_ms(&p->mtu))
		return;
	if (tunnel_mtu_settled(&p->mtu) && now.ms >= p->last_data_ms + IDLE_MS) {
		p->mtu_sleeps = true; /* until something is sent */
		return;
	}
	unsigned n = tunnel_mtu_probe(&p->mtu, now.ms, client_path_rtt_ms(c, p), sizes);
	for (unsigned i = 0; i < n; i++)
		client_echo_send(c, now, p, c->cur, CTL_STAY, sizes[i]);
	client_mtu_update(c, now);
}

static void tell_home(client_core *c, core_time now, client_path *p)
{
	enum { TELL_MAX = 6, TELL_GAP_MS = 300 };
	if (p->mtu.good == p->mtu_told || p->tell_n++ >= TELL_MAX) {
		p->tell_ms = NEVER;
		return;
	}
	client_echo_send(c, now, p, c->cur, 0, 0);
	p->tell_ms = now.ms + max_u32(2 * client_path_rtt_ms(c, p), TELL_GAP_MS);
}

void client_mtu_tick(client_core *c, core_time now)
{
	client_path *p = c->active;
	if (asleep(c))
		return;
	if (now.ms >= big_due(c, p))
		big_is_late(c, now, p);
	if (now.ms >= check_due(p))
		check(c, now, p);
	search(c, now, p);
	if (now.ms >= p->tell_ms)
		tell_home(c, now, p);
}

uint64_t client_mtu_due(const client_core *c)
{
	const client_path *p = c->active;
	if (asleep(c))
		return NEVER;
	uint64_t due = min_u64(min_u64(big_due(c, p), p->tell_ms), check_due(p));
	return p->mtu_sleeps ? due : min_u64(due, tunnel_mtu_due_ms(&p->mtu));
}
