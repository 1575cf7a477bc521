/* SPDX-License-Identifier: MIT */
/* exchange.h - the key exchange of a registration attempt: one key pair and nonce for all of its requests, since
 * each identification makes different keys of them and a retry then costs nothing. Wiped at the attempt's end. */
#ifndef HW_CORE_CLIENT_EXCHANGE_H
#define HW_CORE_CLIENT_EXCHANGE_H

#include "core/client/credential.h"

typedef struct client_exchange {
	const client_host *host;
	const client_credential *credential;
	dh *dh; /* NULL: none under way */
	uint16_t group;
	uint8_t nonce[NONCE_LEN];
} client_exchange;

/* What a request offered, as its reply has to fit it. */
typedef struct client_offer {
	uint64_t request_id;
	uint32_t spi; /* where we receive; 0: no association was asked for */
	uint16_t group;
} client_offer;

void client_exchange_init(client_exchange *x, const client_host *host,
			  const client_credential *credential);
/* False: the profile does not allow that group, or it is the one that is used already. */
bool client_exchange_set_group(client_exchange *x, uint32_t group);
/* Adds offer, public value and nonce to the request; *o has its SPI. */
bool client_exchange_offer(client_exchange *x, client_offer *o, reg_request *q);
/* Home's choice must be one of ours (no downgrade), of the group whose value it answers. */
bool client_exchange_finish(const client_exchange *x, const client_offer *o, const reg_reply *r,
			    sa_keys *keys, sa_choice *choice);
void client_exchange_end(client_exchange *x);

#endif
