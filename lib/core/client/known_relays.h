/* SPDX-License-Identifier: MIT */
/* known_relays.h - the relays that the profile names, and those that home names in its replies. */
#ifndef HW_CORE_CLIENT_KNOWN_RELAYS_H
#define HW_CORE_CLIENT_KNOWN_RELAYS_H

#include "core/client/core.h"
#include "core/reg/reply.h"

typedef struct client_known_relays {
	reg_relay of_profile[CLIENT_RELAYS], of_home[CLIENT_RELAYS];
	unsigned n_of_profile, n_of_home;
} client_known_relays;

void client_known_relays_init(client_known_relays *k, const client_conf *conf,
			      const client_saved *saved);
void client_known_relays_save(const client_known_relays *k, client_saved *out); /* home's */
void client_known_relays_set_profile(client_known_relays *k, const reg_relay *relays, unsigned n);
/* True: home names others than before. A reply may have had no room for them: none in it means that none changed. */
bool client_known_relays_learn(client_known_relays *k, const reg_reply *r);
/* The profile's first, then home's; each address once, with its name if either gives one. */
unsigned client_known_relays_list(const client_known_relays *k, reg_relay list[CLIENT_RELAYS]);

#endif
