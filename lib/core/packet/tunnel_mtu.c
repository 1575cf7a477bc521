/* SPDX-License-Identifier: MIT */
#include "core/packet/tunnel_mtu.h"
#include <string.h>

enum {
	ROUNDS = 2,       /* without a reply before a size counts as too large */
	CLOSE_ENOUGH = 8, /* octets between good and bad where the search ends */
	TIMEOUT_MS = 100, /* at least; else three round trips */
	TIMEOUT_MAX_MS = 5000,
	RAISE_MS = 600000, /* RFC 8899 5.1.1: PMTU_RAISE_TIMER, 600 s */
	CAUTIOUS = 1280 - 28,
};

/* Ethernet less IPv4 and UDP, then what tunnels, PPP and mobile links leave: packets of 1,280 and
 * 1,124 octets are common minima. Above the first comes the link's own size. */
static const uint16_t common[] = { 1472, 1400, CAUTIOUS, 1200, 1124 - 28, 996, TUNNEL_MTU_MIN };
enum { N_COMMON = sizeof common / sizeof *common };
_Static_assert(N_COMMON + 1 <= TUNNEL_MTU_PROBES, "all common sizes go out at once");

static uint16_t next_below(uint16_t size)
{
	for (unsigned i = 0; i < N_COMMON; i++)
		if (common[i] < size)
			return common[i];
	return size < TUNNEL_MTU_MIN ? size : TUNNEL_MTU_MIN;
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

void tunnel_mtu_start(tunnel_mtu *m, uint16_t link_max, uint64_t now_ms)
{
	link_max = smaller(link_max, UINT16_MAX - 1); /* a UDP payload is shorter anyway */
	*m = (tunnel_mtu){
		.link_max = link_max,
		.bad = (uint16_t)(link_max + 1),
		.guess = smaller(link_max, CAUTIOUS),
		.retry_ms = now_ms,
		.raise_ms = UINT64_MAX,
	};
}

static bool is_close_enough(const tunnel_mtu *m)
{
	return m->good > 0 && (m->good >= m->link_max || m->bad - m->good <= CLOSE_ENOUGH);
}

bool tunnel_mtu_is_settled(const tunnel_mtu *m)
{
	return m->n_pending == 0 && is_close_enough(m);
}

/* Sizes above good and below bad: all common ones at first, the middle of the gap later. */
static void choose_sizes(tunnel_mtu *m, bool first)
{
	m->n_pending = 0;
	m->rounds = 0;
	if (!first) {
		m->pending[m->n_pending++] = (uint16_t)(m->good + (m->bad - m->good) / 2);
		return;
	}
	if (m->link_max < m->bad)
		m->pending[m->n_pending++] = m->link_max;
	for (unsigned i = 0; i < N_COMMON; i++)
		if (common[i] > m->good && common[i] < m->bad && common[i] < m->link_max)
			m->pending[m->n_pending++] = common[i];
}

/* A size that got no reply is bad; but while no size got one, the path may be down: try smaller sizes and
 * conclude nothing. */
static void give_up(tunnel_mtu *m)
{
	if (m->good == 0) {
		m->guess = next_below(m->guess);
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
	if (m->rounds >= ROUNDS)
		give_up(m);
}

static void raise_again(tunnel_mtu *m)
{
	m->bad = (uint16_t)(m->link_max + 1);
	if (m->good < m->link_max)
		choose_sizes(m, true);
}

static uint64_t timeout_ms(const tunnel_mtu *m, uint32_t rtt_ms)
{
	uint64_t ms = 3ull * rtt_ms;
	unsigned doubled = m->rounds < ROUNDS ? 0 : m->rounds - ROUNDS + 1u;

	if (ms < TIMEOUT_MS)
		ms = TIMEOUT_MS;
	ms <<= doubled < 6 ? doubled : 6;
	return ms < TIMEOUT_MAX_MS ? ms : TIMEOUT_MAX_MS;
}

unsigned tunnel_mtu_probe(tunnel_mtu *m, uint64_t now_ms, uint32_t rtt_ms,
			  uint16_t sizes[TUNNEL_MTU_PROBES])
{
	if (now_ms < tunnel_mtu_next_timer_ms(m))
		return 0;
	if (m->n_pending > 0)
		expire(m);
	if (tunnel_mtu_is_settled(m)) {
		if (now_ms >= m->raise_ms)
			raise_again(m);
	} else if (m->n_pending == 0) {
		choose_sizes(m, m->good == 0);
	}
	if (m->n_pending > 0) {
		m->sent_ms = now_ms;
		m->retry_ms = now_ms + timeout_ms(m, rtt_ms);
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
		m->rounds = 0; /* the path was down before, not too narrow */
	m->good = size;
	if (m->bad <= size) /* it was only lost, or late */
		m->bad = (uint16_t)(m->link_max + 1);
	for (unsigned i = 0; i < m->n_pending; i++)
		if (m->pending[i] > size)
			m->pending[kept++] = m->pending[i];
	m->n_pending = (uint8_t)kept;
	if (kept == 0)
		m->retry_ms = 0;
}

void tunnel_mtu_suspect(tunnel_mtu *m, uint64_t now_ms)
{
	m->guess = smaller(next_below(tunnel_mtu_now(m)), CAUTIOUS);
	m->good = 0;
	m->n_pending = 0;
	m->retry_ms = now_ms;
}

uint16_t tunnel_mtu_now(const tunnel_mtu *m)
{
	return m->good ? m->good : m->guess;
}

uint64_t tunnel_mtu_next_timer_ms(const tunnel_mtu *m)
{
	return tunnel_mtu_is_settled(m) ? m->raise_ms : m->retry_ms;
}
