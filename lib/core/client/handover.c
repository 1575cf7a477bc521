/* SPDX-License-Identifier: MIT */
#include "core/client/handover.h"

void client_handover_init(client_handover *h)
{
	*h = (client_handover){ .outage_ms = NEVER, .moving_ms = NEVER };
}

static void note_start(client_handover *h, core_time now)
{
	h->moving_ms = now.ms;
	h->moving_us = client_time_us(now);
}

void client_handover_lost(client_handover *h, core_time now)
{
	h->outage_ms = now.ms;
	note_start(h, now);
}

void client_handover_outage(client_handover *h, core_time now)
{
	if (h->outage_ms == NEVER)
		h->outage_ms = now.ms;
}

void client_handover_outage_over(client_handover *h)
{
	h->outage_ms = NEVER;
}

void client_handover_begin(client_handover *h, core_time now)
{
	if (h->was_up)
		h->n++;
	if (h->moving_ms == NEVER)
		note_start(h, now);
}

void client_handover_finish(client_handover *h, core_time now)
{
	if (h->moving_ms == NEVER)
		return;
	h->last_ms = client_time_since_us(now, h->moving_ms, h->moving_us) / 1000.0;
	h->moving_ms = NEVER;
}

void client_handover_cancel(client_handover *h)
{
	h->outage_ms = h->moving_ms = NEVER;
}

void client_handover_up(client_handover *h)
{
	h->was_up = true;
}
