/* SPDX-License-Identifier: MIT */
/* admitted.h - the clients that may register here, by home's name for them and by the SPIs that they may come
 * with. Owns them. A client's entries in the table of visitors are removed before it is. */
#ifndef HW_CORE_RELAY_ADMITTED_H
#define HW_CORE_RELAY_ADMITTED_H

#include "base/log.h"
#include "base/map.h"
#include "core/relay/visitors.h"
#include "proto/relay_link.h"

typedef struct relay_client { /* for reading; changed by the functions below alone */
	struct relay_client *prev, *next;
	uint64_t handle;
	uint32_t spis[LINK_SPIS];
	uint64_t last_id; /* home has accepted identifications up to here */
	uint8_t key3[KEY3_LEN];
	uint32_t generation; /* of the list that named it last */
	rate_limit requests;
	relay_entries entries; /* written by visitors.h */
} relay_client;

typedef struct relay_admitted {
	map *by_handle, *by_spi; /* relay_client */
	relay_client *first;
	uint32_t n;
	uint32_t generation;
} relay_admitted;

bool relay_admitted_init(relay_admitted *a); /* false: no memory or randomness */
void relay_admitted_free(relay_admitted *a); /* wipes keys; of one that init refused, too */

relay_client *relay_admitted_find(const relay_admitted *a, uint64_t handle); /* NULL: none */
relay_client *relay_admitted_find_spi(const relay_admitted *a, uint32_t spi);
relay_client *relay_client_of(relay_entries *e); /* whose they are */

/* Applies an entry of home's list; the client belongs to the present list then. NULL, false: no memory, and nothing of
 * the entry is applied. */
relay_client *relay_admitted_add(relay_admitted *a, uint64_t handle);
bool relay_admitted_update(relay_admitted *a, relay_client *c, const link_entry *e);
void relay_admitted_remove(relay_admitted *a, relay_client *c);
/* A new list begins: all are of the former one. */
void relay_admitted_begin(relay_admitted *a);
bool relay_admitted_is_stale(const relay_admitted *a, const relay_client *c);

void relay_client_accepted(relay_client *c, uint64_t id);         /* by home */
bool relay_client_take_request(relay_client *c, uint64_t now_ms); /* false: enough went home */

#endif
