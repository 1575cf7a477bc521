/* SPDX-License-Identifier: MIT */
#include "core/packet/tunnel_mtu.h"
#include <string.h>

enum {
	TRIES = 2,         /* before silence says something about the size */
	CLOSE_ENOUGH = 8,  /* octets between good and bad where the search ends */
	PATIENCE_MS = 100, /* at least; else three round trips */
	PATIENCE_MAX_MS = 5000,
	RAISE_MS = 600000, /* RFC 8899 5.1.1: PMTU_RAISE_TIMER, 600 s */
	CAUTIOUS = 1280 - 28,
};

/* Ethernet less IPv4 and UDP, then what tunnels, PPP and mobile links leave: packets of 1,280 and
 * 1,124 octets are known floors. Above the first rung stands the link's own size. */
static const uint16_t ladder[] = { 1472, 1400, CAUTIOUS, 1200, 1124 - 28, 996, TUNNEL_MTU_MIN };
enum { RUNGS = sizeof ladder / sizeof *ladder };
_Static_assert(RUNGS + 1 <= TUNNEL_MTU_PROBES, "a ladder goes out at once");

static uint16_t rung_below(uint16_t size)
{
	for (unsigned i = 0; i < RUNGS; i++)
		if (ladder[i] < size)
			return ladder[i];
	return size < TUNNEL_MTU_MIN ? size : TUNNEL_MTU_MIN;
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

void tunnel_mtu_start(tunnel_mtu *m, uint16_t link_max, uint64_t now_ms)
{
	*m = (tunnel_mtu){
		.link_max = link_max,
		.bad = (uint16_t)(link_max < UINT16_MAX ? link_max + 1 : UINT16_MAX),
		.guess = smaller(link_max, CAUTIOUS),
		.retry_ms = now_ms,
		.raise_ms = UINT64_MAX,
	};
}

static bool close_enough(const tunnel_mtu *m)
{
	return m->good > 0 && (m->good >= m->link_max || m->bad - m->good <= CLOSE_ENOUGH);
}

bool tunnel_mtu_settled(const tunnel_mtu *m)
{
	return m->n_pending == 0 && close_enough(m);
}

/* Sizes above good and below bad: the whole ladder at first, the middle of the gap later. */
static void choose(tunnel_mtu *m, bool climb)
{
	m->n_pending = 0;
	m->rounds = 0;
	if (!climb) {
		m->pending[m->n_pending++] = (uint16_t)(m->good + (m->bad - m->good) / 2);
		return;
	}
	if (m->link_max < m->bad)
		m->pending[m->n_pending++] = m->link_max;
	for (unsigned i = 0; i < RUNGS; i++)
		if (ladder[i] > m->good && ladder[i] < m->bad && ladder[i] < m->link_max)
			m->pending[m->n_pending++] = ladder[i];
	if (m->n_pending == 0) /* below the last rung */
		m->pending[m->n_pending++] = (uint16_t)(m->bad - 1);
}

/* What stayed silent too often is bad; but while nothing at all was answered, silence is the path's
 * and not the size's: go on with less and less, and conclude nothing. */
static void give_up(tunnel_mtu *m)
{
	if (m->good == 0) {
		m->guess = rung_below(m->guess);
		return;
	}
	for (unsigned i = 0; i < m->n_pending; i++)
		if (m->pending[i] > m->good)
			m->bad = smaller(m->bad, m->pending[i]);
	m->n_pending = 0;
}

static void expire(tunnel_mtu *m)
{
	if (m->rounds < UINT8_MAX)
		m->rounds++;
	if (m->rounds >= TRIES)
		give_up(m);
}

static void raise_again(tunnel_mtu *m)
{
	m->bad = (uint16_t)(m->link_max < UINT16_MAX ? m->link_max + 1 : UINT16_MAX);
	if (m->good < m->link_max)
		choose(m, true);
}

static uint64_t patience(const tunnel_mtu *m, uint32_t rtt_ms)
{
	uint64_t ms = 3ull * rtt_ms;
	unsigned doubled = m->rounds < TRIES ? 0 : m->rounds - TRIES + 1u;

	if (ms < PATIENCE_MS)
		ms = PATIENCE_MS;
	ms <<= doubled < 6 ? doubled : 6;
	return ms < PATIENCE_MAX_MS ? ms : PATIENCE_MAX_MS;
}

unsigned tunnel_mtu_probe(tunnel_mtu *m, uint64_t now_ms, uint32_t rtt_ms,
			  uint16_t sizes[TUNNEL_MTU_PROBES])
{
	if (now_ms < tunnel_mtu_due_ms(m))
		return 0;
	if (m->n_pending > 0)
		expire(m);
	if (tunnel_mtu_settled(m)) {
		if (now_ms >= m->raise_ms)
			raise_again(m);
	} else if (m->n_pending == 0) {
		choose(m, m->good == 0);
	}
	if (m->n_pending > 0) {
		m->sent_ms = now_ms;
		m->retry_ms = now_ms + patience(m, rtt_ms);
	}
	m->raise_ms = now_ms + RAISE_MS;
	memcpy(sizes, m->pending, m->n_pending * sizeof *sizes);
	return m->n_pending;
}

void tunnel_mtu_answered(tunnel_mtu *m, uint16_t size)
{
	unsigned kept = 0;

	if (size > m->link_max || size <= m->good)
		return;
	if (m->good == 0)
		m->rounds = 0; /* the silence before was the path's */
	m->good = size;
	if (m->bad <= size) /* it was only lost, or late */
		m->bad = (uint16_t)(m->link_max < UINT16_MAX ? m->link_max + 1 : UINT16_MAX);
	for (unsigned i = 0; i < m->n_pending; i++)
		if (m->pending[i] > size)
			m->pending[kept++] = m->pending[i];
	m->n_pending = (uint8_t)kept;
	if (kept == 0)
		m->retry_ms = 0;
}

void tunnel_mtu_suspect(tunnel_mtu *m, uint64_t now_ms)
{
	m->guess = smaller(rung_below(tunnel_mtu_now(m)), CAUTIOUS);
	m->good = 0;
	m->n_pending = 0;
	m->retry_ms = now_ms;
}

uint16_t tunnel_mtu_now(const tunnel_mtu *m)
{
	return m->good ? m->good : m->guess;
}

uint64_t tunnel_mtu_due_ms(const tunnel_mtu *m)
{
	return tunnel_mtu_settled(m) ? m->raise_ms : m->retry_ms;
}
