/* SPDX-License-Identifier: MIT */
/* confirmation.h - makes sure that home holds a new association, too: echoes on it until one is answered. */
#ifndef HW_CORE_CLIENT_CONFIRMATION_H
#define HW_CORE_CLIENT_CONFIRMATION_H

#include "core/client/echo.h"

typedef struct client_confirmation {
	const client_host *host;
	const client_paths *paths;
	client_associations *associations;
	client_echoes *echoes;
	uint64_t timer_ms; /* the next echo; NEVER: none */
	uint32_t gap_ms;
	unsigned n;
} client_confirmation;

void client_confirmation_start(client_confirmation *k, core_time now);
/* Leads to CLIENT_EV_ASSOCIATION_UNCONFIRMED when home has not answered for long enough. */
void client_confirmation_tick(client_confirmation *k, core_time now);
uint64_t client_confirmation_next_timer_ms(const client_confirmation *k);

#endif
