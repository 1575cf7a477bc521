/* SPDX-License-Identifier: MIT */
#include "core/client/confirmation.h"

enum { GAP_MIN_MS = 100, ECHOES_MAX = 8 };

void client_confirmation_start(client_confirmation *k, core_time now)
{
	k->timer_ms = now.ms;
	k->gap_ms = 0;
	k->n = 0;
}

void client_confirmation_tick(client_confirmation *k, core_time now)
{
	sa_pair *sa = sa_set_unconfirmed(&k->associations->set);
	client_path *p = k->paths->active;

	if (now.ms < k->timer_ms)
		return;
	k->timer_ms = NEVER;
	if (!sa || !p)
		return;
	if (k->n++ >= ECHOES_MAX) {
		client_associations_give_up(k->associations, now.ms);
		client_events_put(k->host->events,
				  (client_event){ .kind = CLIENT_EV_ASSOCIATION_UNCONFIRMED });
		return;
	}
	client_echo_send_on(k->echoes, now, p, sa, 0, 0);
	k->gap_ms = k->gap_ms ? k->gap_ms * 2
			      : max_u32(2 * client_paths_rtt_ms(k->paths, p), GAP_MIN_MS);
	k->timer_ms = now.ms + k->gap_ms;
}

uint64_t client_confirmation_next_timer_ms(const client_confirmation *k)
{
	return sa_set_unconfirmed(&k->associations->set) ? k->timer_ms : NEVER;
}
