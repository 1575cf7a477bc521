/* SPDX-License-Identifier: MIT */
/* state_record.h - the octets of a slot's card and copies. Internal to the state store. */
#ifndef HW_SERVER_STATE_RECORD_H
#define HW_SERVER_STATE_RECORD_H

#include "store/state_store.h"

uint32_t state_crc(const uint8_t *p, size_t n); /* CRC-32 (IEEE 802.3) */
void state_card_put(const state_card *c, uint8_t out[STATE_CARD_LEN]);
bool state_card_get(const uint8_t in[STATE_CARD_LEN],
		    state_card *out); /* false: empty or damaged */
void state_copy_put(const home_client_state *st, uint64_t count, uint8_t out[STATE_COPY_LEN]);
bool state_copy_get(const uint8_t in[STATE_COPY_LEN], home_client_state *st, uint64_t *count);

/* The whole copy with the higher count: 0 or 1, or -1. */
int state_newest(const uint8_t slot[STATE_SLOT_LEN], home_client_state *st, uint64_t *count);

#endif
