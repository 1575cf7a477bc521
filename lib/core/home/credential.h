/* SPDX-License-Identifier: MIT */
/* credential.h - how a peer proves who it is, and what protects that proof: the SPIs it is found by, the last
 * identification that was accepted, and limits of what can be demanded under it. One kind today: a secret shared
 * with the client (KEY0), found by the profile's SPI or by one of two pseudonyms. Keys stay inside. */
#ifndef HW_CORE_HOME_CREDENTIAL_H
#define HW_CORE_HOME_CREDENTIAL_H

#include "base/log.h"
#include "base/map.h"
#include "core/home/conf.h"
#include "core/reg/notice.h"
#include "core/reg/reply.h"
#include "core/reg/request.h"

typedef enum home_credential_kind {
	HOME_CREDENTIAL_KEY0, /* RFC 5944 3.5.1 */
	HOME_N_CREDENTIAL_KINDS
} home_credential_kind;

typedef struct home_credentials {
	map *by_spi; /* home_credential */
} home_credentials;
bool home_credentials_open(home_credentials *all); /* false: no memory or no randomness */
void home_credentials_close(home_credentials *all);

typedef struct home_credential {
	home_credential_kind kind;
	void *owner;
	key0_set keys;
	uint32_t spi_profile, spi_now, spi_before; /* 0: none */
	uint32_t spi_reserved; /* the next pseudonym, while it is being made durable */
	uint64_t last_id;
	rate_limit stale, resyncs, grants;
} home_credential;

/* False: an SPI is another's, or no memory, or the keys could not be derived (ERR_CRYPTO). */
bool home_credential_open(home_credential *c, home_credentials *all, void *owner,
			  const home_client_conf *conf, const home_client_state *s, err *e);
void home_credential_close(home_credential *c, home_credentials *all); /* wipes it */
/* Another key or SPI; false: all is as before. */
bool home_credential_change(home_credential *c, home_credentials *all, const home_client_conf *conf,
			    err *e);
bool home_credential_is_of(const home_credential *c, const home_client_conf *conf);
bool home_credential_has_key(const home_credential *c, const uint8_t key0[KEY0_LEN]);

/* Whose it is; NULL: nobody's. */
home_credential *home_credentials_find(const home_credentials *all, uint32_t spi);
uint32_t home_credentials_pick_spi(const home_credentials *all); /* 0: no randomness */
/* Nobody is found by spi yet, and nobody else gets it. False: no memory. */
bool home_credential_reserve(home_credential *c, home_credentials *all, uint32_t spi);
void home_credential_release(home_credential *c, home_credentials *all);
/* From now on it is found by these; spi_now is reserved, or was its own. */
void home_credential_rotate(home_credential *c, home_credentials *all, uint64_t last_id,
			    uint32_t spi_now, uint32_t spi_before);

bool home_credential_verify(const home_credential *c, const reg_scan *s);
bool home_credential_open_request(const home_credential *c, const reg_scan *s, reg_request *out);
size_t home_credential_build_reply(const home_credential *c, const reg_reply *r,
				   uint8_t out[MIP_MAX_MESSAGE]);
/* The notice that home was restarted; returns its length, 0: it failed. */
size_t home_credential_build_notice(const home_credential *c, uint8_t out[REG_NOTICE_LEN]);
/* The keys of an association; in->key0 is filled in. */
bool home_credential_derive_sa(const home_credential *c, sa_key_input *in, sa_keys *out);
/* For relays: what they call the client, and the key that admits it there. */
bool home_credential_derive_handle(const home_credential *c, uint64_t *out);
bool home_credential_derive_key3(const home_credential *c, const char *relay,
				 uint8_t out[KEY3_LEN]);

/* A request that isn't fresh, which is verified all the same; an answer to one; a registration. */
bool home_credential_take_stale(home_credential *c, uint64_t now_ms);
bool home_credential_take_resync(home_credential *c, uint64_t now_ms);
bool home_credential_take_grant(home_credential *c, uint64_t now_ms);

#endif
