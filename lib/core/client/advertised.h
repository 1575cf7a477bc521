/* SPDX-License-Identifier: MIT */
/* advertised.h - relays that advertise themselves on a link (RFC 5944 2): they are agents for as long as their
 * advertisement is valid. */
#ifndef HW_CORE_CLIENT_ADVERTISED_H
#define HW_CORE_CLIENT_ADVERTISED_H

#include "core/client/agents.h"

void client_advertised_take(client_agents *a, core_time now, uint32_t ifindex, const ip_addr *from,
			    const agent_adv *adv);
void client_advertised_tick(client_agents *a, core_time now);
uint64_t client_advertised_next_timer_ms(const client_agents *a);
/* Asks for advertisements on that link, if relays are allowed. */
void client_advertised_solicit(const client_agents *a, const uplink *u);

#endif
