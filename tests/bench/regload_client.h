/* SPDX-License-Identifier: MIT */
/* regload_client.h - one of the load generator's clients: what it knows, its request, the reply it
 * got. Everything that costs time and needn't be timed (key pairs, key derivation, checking what
 * home said) is done before or after the run. */
#ifndef HW_REGLOAD_CLIENT_H
#define HW_REGLOAD_CLIENT_H

#include "core/reg/ident.h"
#include "core/crypto/dh.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"

typedef struct client {
	char nai[NAI_MAX + 1];
	ip_addr home4, care_of;
	key0_set keys;
	uint32_t pseudonym, spi; /* names KEY0; where the client receives ESP */
	ident_clock ident;
	uint64_t request_id; /* of the request that is on its way */
	dh *pair;
	sa_offer offer;
	uint8_t nonce[NONCE_LEN];
	uint64_t sent_us;   /* 0: nothing on its way */
	uint8_t code;       /* of the reply */
	uint16_t reply_len; /* 0: no reply yet */
	uint8_t reply[MIP_MAX_MESSAGE];
} client;

/* A line "IDENTITY ADDRESS KEY SPI" of the clients file; false: malformed. */
bool client_parse(client *c, const char *line);
/* A fresh X25519 pair, nonce, SPI and offer; forgets the last reply. False: no randomness, no
 * memory. */
bool client_prepare(client *c, uint32_t number, err *e);
/* The registration request, with the time of now as identification; 0: could not be built. */
size_t client_request(client *c, const ip_addr *home, uint16_t lifetime_s,
		      uint8_t out[MIP_MAX_MESSAGE]);
/* Is this the answer to what is on its way? Shape and identification only; keeps it if so. */
bool client_reply(client *c, const uint8_t *p, size_t n);
/* The reply is authentic, grants an association of our own offer, and both ends can derive its
 * keys; takes the next pseudonym. False: *e says what is wrong. */
bool client_check(client *c, err *e);
void client_free(client *c);

#endif
