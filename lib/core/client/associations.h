/* SPDX-License-Identifier: MIT */
/* associations.h - the security associations with home, in a store (core/sa/store.h): one set, whose selectors are
 * the permanent addresses on our side and everything on the other. */
#ifndef HW_CORE_CLIENT_ASSOCIATIONS_H
#define HW_CORE_CLIENT_ASSOCIATIONS_H

#include "core/client/host.h"
#include "core/sa/set.h"

typedef struct client_associations {
	const client_host *host;
	sa_store *store;
	sa_set set;
	bool doubted; /* home may have lost what is sent on: the next registration brings another */
	bool has_pair; /* there is one to send on */
} client_associations;

bool client_associations_init(client_associations *a, const client_host *host);
void client_associations_free(client_associations *a);
/* Which inner packets are ours to send and to receive: those of the permanent addresses (RFC 4301 4.4.1). */
bool client_associations_select(client_associations *a, const ip_addr *home4, const ip_addr *home6);

/* A new one: received on from now on, sent on when home has shown that it holds it, or if there is no other that
 * may be relied on. False, and logged: its SPI is in use, or no memory; a request that is repeated has another SPI. */
bool client_associations_install(client_associations *a, core_time now, const sa_keys *k,
				 const sa_choice *s, uint32_t spi_in);
uint32_t client_associations_pick_spi(const client_associations *a); /* 0: no randomness */
/* NULL: not one of ours. */
static inline sa_pair *client_associations_find(const client_associations *a, uint32_t spi_in)
{
	return sa_store_find_in(a->store, spi_in);
}
/* What data is sent on; NULL: nothing. */
static inline sa_pair *client_associations_sending(const client_associations *a, uint64_t now_ms)
{
	return sa_set_sending(&a->set, now_ms);
}
static inline bool client_associations_has_pair(const client_associations *a)
{
	return a->has_pair;
}
/* A packet authenticated on it. True: it is sent on from now on. */
static inline bool client_associations_heard(client_associations *a, sa_pair *p, uint64_t now_ms)
{
	return p->state == SA_LARVAL && sa_set_confirm(&a->set, p, now_ms);
}

bool client_associations_sends(const client_associations *a, uint32_t spi_out);
/* The next registration has to bring another. */
bool client_associations_is_renewal_due(const client_associations *a, uint64_t now_ms);
/* The point at which the newest is to be renewed; NEVER: there is none, 0: now. */
uint64_t client_associations_renewal_ms(const client_associations *a, uint64_t now_ms);
void client_associations_doubt(client_associations *a);
/* Home did not answer on the newest, unconfirmed one; it is not waited for any longer. */
void client_associations_give_up(client_associations *a, uint64_t now_ms);
void client_associations_retire_all(client_associations *a, uint64_t until_ms);
void client_associations_drop_all(client_associations *a);
void client_associations_tick(client_associations *a, uint64_t now_ms);
uint64_t client_associations_next_timer_ms(const client_associations *a);

#endif
