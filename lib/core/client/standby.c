/* SPDX-License-Identifier: MIT */
#include "core/client/standby.h"

enum {
	GAP_MS = 300,     /* between two registrations of a path, at least */
	RETRY_MS = 30000, /* of a renewal that was not answered */
	LOST_GAP_MS = 1000,
};

void client_standby_reset(client_standby *s, unsigned slot)
{
	s->of[slot].next_ms = NEVER;
	s->of[slot].sent_ms = 0;
}

static void send_request(client_standby *s, core_time now, client_path *p)
{
	uint64_t *next = &s->of[p->slot].next_ms, *sent = &s->of[p->slot].sent_ms;

	if (*sent && now.ms < *sent + GAP_MS) {
		*next = min_u64(*next, *sent + GAP_MS);
		return;
	}
	*sent = now.ms;
	*next = client_admission_is_open(s->admission, p, now.ms) ? now.ms + RETRY_MS : NEVER;
	client_requests_send(s->requests, now, p, CLIENT_FOR_STANDBY);
}

void client_standby_probe(client_standby *s, core_time now, client_path *p)
{
	if (!client_associations_sending(s->associations, now.ms))
		return;
	if (client_admission_is_open(s->admission, p, now.ms))
		client_echo_send(s->echoes, now, p, CTL_STAY, 0);
	else
		send_request(s, now, p);
}

void client_standby_granted(client_standby *s, core_time now, const client_path *p,
			    uint32_t lifetime_s)
{
	s->of[p->slot].next_ms = p == s->paths->active ? NEVER : now.ms + lifetime_s * 700ull;
}

void client_standby_lost(client_standby *s, core_time now, const client_path *p)
{
	s->of[p->slot].next_ms = max_u64(now.ms, s->of[p->slot].sent_ms + LOST_GAP_MS);
}

void client_standby_repeat(client_standby *s, core_time now, const client_path *p)
{
	s->of[p->slot].next_ms = now.ms;
}

void client_standby_cancel(client_standby *s, const client_path *p)
{
	s->of[p->slot].next_ms = NEVER;
}

void client_standby_tick(client_standby *s, core_time now)
{
	for (client_path *p = NULL; (p = client_paths_next(s->paths, p));) {
		if (now.ms < s->of[p->slot].next_ms)
			continue;
		s->of[p->slot].next_ms = NEVER;
		if (p != s->paths->active && client_paths_is_usable(p) &&
		    client_associations_sending(s->associations, now.ms))
			send_request(s, now, p);
	}
}

uint64_t client_standby_next_timer_ms(const client_standby *s)
{
	uint64_t next = NEVER;

	for (const client_path *p = NULL; (p = client_paths_next(s->paths, p));)
		next = min_u64(next, s->of[p->slot].next_ms);
	return next;
}
