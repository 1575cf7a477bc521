/* SPDX-License-Identifier: MIT */
/* negotiate.h - choosing a security association: a policy makes an offer; a policy answers
 * an offer with the first proposal, in the initiator's order, that has an acceptable transform; the
 * initiator checks that the answer is one of its own. Several protocols under one number (AND),
 * counter-proposals and key-centre modes belong into sa_choose(): today only ESP is chosen,
 * and a number that also asks for another protocol is passed over. */
#ifndef HW_CORE_SA_NEGOTIATE_H
#define HW_CORE_SA_NEGOTIATE_H

#include "core/sa/esp_sa.h"
#include "proto/sa_payload.h"

enum { SA_POLICY_CIPHERS = ESP_N_CIPHERS, SA_POLICY_GROUPS = 4 };
typedef struct sa_policy { /* in order of preference */
	esp_cipher ciphers[SA_POLICY_CIPHERS];
	uint16_t groups[SA_POLICY_GROUPS];
	uint8_t n_ciphers, n_groups;
	uint32_t lifetime_s; /* offered, or at most granted */
} sa_policy;
sa_policy sa_policy_default(
	void); /* aes-128-gcm, chacha20-poly1305, aes-256-gcm; x25519, p256, p384, modp2048 */
bool sa_policy_parse_ciphers(const char *list, sa_policy *p,
			     err *e); /* "aes-256-gcm, chacha20-poly1305" */
bool sa_policy_parse_groups(const char *list, sa_policy *p, err *e);

typedef struct sa_choice {
	uint8_t proposal_number, transform_number;
	esp_cipher cipher;
	uint16_t group;
	uint32_t lifetime_s;
	uint32_t peer_spi; /* where the sender of the payload receives */
} sa_choice;

/* A payload that lives with its attributes' octets. */
typedef struct sa_offer {
	sa_payload payload;
	uint8_t storage[1 + SA_POLICY_GROUPS][SA_POLICY_CIPHERS][3][2];
} sa_offer;
/* One proposal for each group of the policy, that of `group` first; transforms for the ciphers in order. */
void sa_make_offer(const sa_policy *p, uint16_t group, uint32_t my_spi, sa_offer *out);

typedef enum sa_verdict { SA_CHOSEN, SA_NONE_ACCEPTABLE, SA_WRONG_GROUP } sa_verdict;
/* ke_group: the group of the key exchange that came along. SA_WRONG_GROUP: out->group is the one
 * acceptable transforms want. */
sa_verdict sa_choose(const sa_policy *p, const sa_payload *offer, uint16_t ke_group,
		     sa_choice *out);
/* The answer: the chosen proposal with its one transform, our SPI and lifetime. */
void sa_make_answer(const sa_choice *c, uint32_t my_spi, sa_offer *out);
/* The initiator reads it: exactly one proposal and transform, out of its own offer. */
bool sa_check_answer(const sa_payload *offer, const sa_payload *answer, sa_choice *out);

#endif
