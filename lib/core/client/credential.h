/* SPDX-License-Identifier: MIT */
/* credential.h - how this client proves to its home who it is: KEY0, the SPI that names KEY0 for now (a
 * pseudonym, changed by every registration, so that two visits can't be linked), and the clock that
 * identifications are taken from (RFC 5944 5.7.1). Requests and replies go through here, so that another kind of
 * credential has one place to stand in. Wipes its keys. */
#ifndef HW_CORE_CLIENT_CREDENTIAL_H
#define HW_CORE_CLIENT_CREDENTIAL_H

#include "core/client/host.h"

typedef struct client_credential {
	const client_host *host;
	key0_set keys;
	ident_clock clock;
	uint32_t pseudonym;    /* 0: none was given yet */
	uint64_t pseudonym_id; /* of the request whose reply brought it */
	bool prefers_profile;  /* home may not know the pseudonym: the profile's SPI is used */
} client_credential;

bool client_credential_init(client_credential *k, const client_host *host,
			    const client_saved *saved);
void client_credential_wipe(client_credential *k);
void client_credential_save(const client_credential *k, client_saved *out);

/* False: home's time is not known, and all that may be sent is a question for it. */
bool client_credential_knows_time(const client_credential *k);
/* For a request, if the time is known; and for a question, which is random. */
uint64_t client_credential_next_id(client_credential *k, core_time now);
uint64_t client_credential_question_id(void);
uint32_t client_credential_spi(const client_credential *k); /* to come with now */
/* As reg_request_build(), reg_verify_mobile_home() and reg_reply_open(). */
size_t client_credential_build(const client_credential *k, const reg_request *q,
			       uint8_t out[MIP_MAX_MESSAGE]);
bool client_credential_verifies(const client_credential *k, const reg_scan *s);
bool client_credential_opens(const client_credential *k, const reg_scan *s, reg_reply *out);
/* Completes *in with the secret that is shared with home. */
/* Home's notice that it was restarted; *last_id: the last of our requests that it has accepted. */
bool client_credential_opens_notice(const client_credential *k, wire_bytes msg, uint64_t *last_id);
bool client_credential_derive_sa(const client_credential *k, sa_key_input *in, sa_keys *out);
bool client_credential_derive_key3(const client_credential *k, const char *relay_name,
				   uint8_t out[KEY3_LEN]);

/* Home states its time (code 133, authenticated by home). */
void client_credential_set_clock(client_credential *k, core_time now, uint64_t reply_id);
/* The SPI for the next request, as an authenticated reply to the request request_id has it. */
void client_credential_set_pseudonym(client_credential *k, uint64_t request_id, uint32_t next);
/* Home may not know it: from now on the profile's SPI. False: that is used already. */
bool client_credential_leave_pseudonym(client_credential *k);

#endif
