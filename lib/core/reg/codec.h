/* SPDX-License-Identifier: MIT */
/* codec.h - a whole registration message, what it means on one side and its octets on the other.
 * Reading is in steps, so that nothing is believed before it is authenticated: scan (shape only),
 * verify (mobile-home authentication under KEY0), open (decrypt and understand). Used by the client's
 * and the home server's core; the relay's scan is the same. */
#ifndef HW_CORE_REG_CODEC_H
#define HW_CORE_REG_CODEC_H

#include "core/crypto/dh.h"
#include "core/reg/keys.h"
#include "core/sa/negotiate.h"
#include "proto/mip.h"
#include "proto/mip_ext.h"

enum { NAI_MAX = 200, MAC_LEN = 6, RELAY_NAME_MAX = 63, REG_RELAYS = 4 };

typedef struct reg_relay { /* a relay, as clients know it */
	endpoint at;
	char name[RELAY_NAME_MAX + 1]; /* "": not known yet */
} reg_relay;

typedef struct reg_key3 { /* KEY3 of one registration: unique, made by home, told to both */
	uint32_t spi;     /* names it in mobile-foreign authentication; 0: none */
	uint8_t key[KEY3_LEN];
} reg_key3;

/* The part of a registration that asks for or grants an association. */
typedef struct reg_sa {
	bool present;
	sa_offer sa;        /* offer or answer, when writing */
	sa_payload payload; /* when reading: borrows from the message */
	uint16_t ke_group;
	wire_bytes ke_value; /* borrowed */
	uint8_t nonce[NONCE_LEN];
} reg_sa;

typedef struct reg_request {
	uint8_t flags; /* MIP_S, MIP_D, ... */
	uint16_t lifetime_s;
	ip_addr home_agent, care_of; /* care_of of either family; IPv6 travels in an extension */
	uint64_t identification;
	uint32_t pseudonym; /* the SPI that names KEY0 for now */
	char nai[NAI_MAX + 1];
	ip_addr home4, home6; /* len 0: not told; any: assign me one */
	uint8_t mac[MAC_LEN];
	bool has_mac, home_link;
	bool standby;    /* admit the path, leave the binding alone */
	bool carrier;    /* by a multiplexer */
	bool udp_tunnel; /* RFC 3519 request present */
	reg_sa sa;
} reg_request;

typedef struct reg_reply {
	uint8_t code;
	uint16_t lifetime_s;
	ip_addr home_agent;
	uint64_t identification;
	uint32_t pseudonym;      /* the one the request came with */
	uint32_t next_pseudonym; /* 0: not told (refusals) */
	ip_addr home4, home6;
	ip_prefix network4, network6; /* the home networks; addr.len 0: not told */
	ip_addr home_lan;             /* home server's address on the home link */
	endpoint observed;            /* addr.len 0: not told */
	bool udp_tunnel;
	uint16_t keepalive_s;
	mip_notify notify;            /* NOTIFY_NONE: absent */
	reg_key3 key3;                /* by a relay only */
	reg_relay relays[REG_RELAYS]; /* home's; as many as fit are told */
	uint8_t n_relays;
	reg_sa sa;
} reg_reply;

/* Writing; return the message's length, 0: it does not fit MIP_MAX_MESSAGE or cryptography failed. */
size_t reg_request_build(const key0_set *k, const reg_request *m, uint8_t out[MIP_MAX_MESSAGE]);
size_t reg_reply_build(const key0_set *k, const reg_reply *m, uint8_t out[MIP_MAX_MESSAGE]);
/* A refusal of somebody unknown: the bare 20 octets, no authentication. */
size_t reg_refusal_build(const mip_request *q, uint8_t code, uint8_t out[MIP_REPLY_LEN]);

/* Step 1: shape. Everything borrowed from msg. */
typedef struct reg_scan {
	wire_bytes msg;
	bool is_reply;
	mip_request request; /* or */
	mip_reply reply;
	bool has_auth; /* a mobile-home authentication extension is there */
	mip_auth_ext auth;
	wire_bytes covered; /* what its authenticator covers */
	bool unknown_critical;
	size_t inner_len; /* of the message to the end of its mobile-home authentication; 0: none */
	/* What relays add, after the mobile-home authentication; the first of each. */
	bool has_mobile_foreign, has_foreign_home;
	mip_auth_ext mobile_foreign, foreign_home;
	wire_bytes mobile_foreign_covered, foreign_home_covered;
	bool has_relay_key, has_relay_name;
	mip_ext relay_key;     /* sealed: reg_relay_key_get() */
	wire_bytes relay_name; /* says who it is; good for no more than choosing a key to try */
} reg_scan;
bool reg_scan_message(const uint8_t *p, size_t n, reg_scan *out);
/* Step 2. */
bool reg_scan_verify(const reg_scan *s, const key0_set *k);
/* Step 3; only extensions before the mobile-home authentication count. */
bool reg_request_open(const reg_scan *s, const key0_set *k, reg_request *out);
bool reg_reply_open(const reg_scan *s, const key0_set *k, reg_reply *out);

#endif
