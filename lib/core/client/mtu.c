/* SPDX-License-Identifier: MIT */
#include "core/client/mtu.h"

enum {
	IP4_UDP = 28,
	IP6_UDP = 48,
	IDLE_MS = 10000,    /* no search upward while nobody sends */
	CARRIER_MTU = 1500, /* behind the multiplexer there is an ordinary network */
	SEND_WAIT_MS = 10,  /* until the answers to a round of probes have come in */
	SEND_GAP_MS = 300,  /* at least; else two round trips */
	SEND_MAX = 6,
	LARGE_WAIT_MS = 100, /* at least; else two round trips */
	LARGE_LOST_MAX = 2,
	LARGE_REST_MS = 1000, /* after a large one that passed */
	CHECK_MS = 2000,      /* at most so often while nothing is wrong ... */
	CHECK_MAX_MS = 10000, /* ... and at least so often during traffic without end */
	QUIET_MS = 250,       /* the end of a burst of traffic, or its standstill */
	SUSPECT_REST_MS = 2000,
};

void client_mtu_reset(client_mtu *m, unsigned slot)
{
	m->of[slot] = (client_mtu_path){ .send_ms = NEVER };
}

/* Others ask the path for what is known. */
static void publish(const client_mtu *m, client_path *p)
{
	const client_mtu_path *k = &m->of[p->slot];

	client_paths_set_mtu(p, k->on ? k->search.good : 0);
}

void client_mtu_start(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];
	unsigned hdrs = p->up.local.addr.len == 4 ? IP4_UDP : IP6_UDP;
	uint32_t most = client_paths_by_carrier(p) ? CARRIER_MTU : UINT16_MAX;
	uint32_t mtu = p->up.mtu > most ? most : p->up.mtu;

	tunnel_mtu_start(&k->search, (uint16_t)(max_u32(mtu, TUNNEL_MTU_MIN + hdrs) - hdrs),
			 now.ms);
	k->on = true;
	k->large_id = 0;
	k->send_ms = NEVER;
	publish(m, p);
}

void client_mtu_stop(client_mtu *m, client_path *p)
{
	m->of[p->slot].on = false;
	publish(m, p);
}

void client_mtu_update(client_mtu *m, core_time now)
{
	const client_path *p = m->paths->active;
	client_mtu_path *k = p ? &m->of[p->slot] : NULL;

	if (!k || !k->on)
		return;
	m->inner = (uint16_t)esp_inner_max(tunnel_mtu_now(&k->search));
	if (k->search.good && k->search.good != k->sent) {
		k->send_ms = now.ms + SEND_WAIT_MS;
		k->send_n = 0;
	}
}

void client_mtu_answered(client_mtu *m, core_time now, client_path *p, const client_echo_answer *a)
{
	client_mtu_path *k = &m->of[p->slot];

	if (a->mtu)
		k->sent = a->mtu;
	if (!a->size)
		return;
	if (a->id == k->large_id) {
		k->large_id = 0;
		k->large_lost = 0;
		k->trusted_ms = now.ms + LARGE_REST_MS;
	}
	tunnel_mtu_answered(&k->search, a->size);
	publish(m, p);
	client_mtu_update(m, now);
}

void client_mtu_suspect(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];

	if (!k->on || k->large_id || now.ms < k->trusted_ms || k->search.good <= TUNNEL_MTU_MIN)
		return;
	k->large_sent_ms = now.ms;
	k->large_id = client_echo_send(m->echoes, now, p, CTL_STAY, k->search.good);
}

static void search_again(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];

	log_info(m->host->log, "uplink %s drops packets of %u octets: searching for the MTU again",
		 p->up.name, k->search.good);
	k->large_lost = 0;
	k->trusted_ms = now.ms + SUSPECT_REST_MS;
	tunnel_mtu_suspect(&k->search, now.ms);
	publish(m, p);
	client_mtu_update(m, now);
}

void client_mtu_refused(client_mtu *m, core_time now, client_path *p)
{
	const client_mtu_path *k = &m->of[p->slot];

	if (k->on && now.ms >= k->trusted_ms)
		search_again(m, now, p);
}

static uint64_t large_late_ms(const client_mtu *m, const client_path *p)
{
	const client_mtu_path *k = &m->of[p->slot];

	return k->large_id ? k->large_sent_ms +
				     max_u32(2 * client_paths_rtt_ms(m->paths, p), LARGE_WAIT_MS)
			   : NEVER;
}

/* Silence of a large one means something only if small ones were answered meanwhile. */
static void handle_late(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];
	bool is_alive = p->last_rx_ms >= k->large_sent_ms;

	k->large_id = 0;
	if (!is_alive)
		return;
	if (++k->large_lost >= LARGE_LOST_MAX) {
		search_again(m, now, p);
		return;
	}
	client_echo_send(m->echoes, now, p, 0, 0);
	client_mtu_suspect(m, now, p);
}

/* A transfer towards us that stands still because its packets vanish looks like the end of traffic from here. So
 * after a burst, and now and then during one, a large echo makes sure that large packets still pass. */
static uint64_t check_ms(const client_mtu_path *k, const client_path *p)
{
	if (k->large_id || p->last_use_ms <= k->checked_ms)
		return NEVER;
	uint64_t at = min_u64(p->last_use_ms + QUIET_MS, k->checked_ms + CHECK_MAX_MS);
	return max_u64(at, max_u64(k->checked_ms + CHECK_MS, k->trusted_ms));
}

static void check(client_mtu *m, core_time now, client_path *p)
{
	m->of[p->slot].checked_ms = now.ms;
	client_echo_send(m->echoes, now, p, 0, 0);
	client_mtu_suspect(m, now, p);
}

/* Upward it goes on only where somebody sends. */
static uint64_t search_ms(const client_mtu_path *k, const client_path *p)
{
	uint64_t at = tunnel_mtu_next_timer_ms(&k->search);

	return tunnel_mtu_is_settled(&k->search) && at >= p->last_data_ms + IDLE_MS ? NEVER : at;
}

static void search(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];
	uint16_t sizes[TUNNEL_MTU_PROBES];
	unsigned n = tunnel_mtu_probe(&k->search, now.ms, client_paths_rtt_ms(m->paths, p), sizes);

	for (unsigned i = 0; i < n; i++)
		client_echo_send(m->echoes, now, p, CTL_STAY, sizes[i]);
	publish(m, p);
	client_mtu_update(m, now);
}

static void send_to_home(client_mtu *m, core_time now, client_path *p)
{
	client_mtu_path *k = &m->of[p->slot];

	if (k->search.good == k->sent || k->send_n++ >= SEND_MAX) {
		k->send_ms = NEVER;
		return;
	}
	client_echo_send(m->echoes, now, p, 0, 0);
	k->send_ms = now.ms + max_u32(2 * client_paths_rtt_ms(m->paths, p), SEND_GAP_MS);
}

/* NULL: it is not the time to find out anything. */
static client_path *path_to_search(const client_mtu *m)
{
	client_path *p = m->paths->active;

	return p && m->of[p->slot].on && p->answering && !p->failed ? p : NULL;
}

void client_mtu_tick(client_mtu *m, core_time now)
{
	client_path *p = path_to_search(m);

	if (!p)
		return;
	const client_mtu_path *k = &m->of[p->slot];
	if (now.ms >= large_late_ms(m, p))
		handle_late(m, now, p);
	if (now.ms >= check_ms(k, p))
		check(m, now, p);
	if (now.ms >= search_ms(k, p))
		search(m, now, p);
	if (now.ms >= k->send_ms)
		send_to_home(m, now, p);
}

uint64_t client_mtu_next_timer_ms(const client_mtu *m)
{
	const client_path *p = path_to_search(m);

	if (!p)
		return NEVER;
	const client_mtu_path *k = &m->of[p->slot];
	return min_u64(min_u64(large_late_ms(m, p), k->send_ms),
		       min_u64(check_ms(k, p), search_ms(k, p)));
}
