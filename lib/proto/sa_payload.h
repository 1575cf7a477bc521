/* SPDX-License-Identifier: MIT */
/* sa_payload.h - negotiation of security associations inside a registration (docs/protocol.md 6, 7).
 * An SA payload holds proposals, a proposal holds transforms, a transform holds attributes (TLV), each
 * with type(8), sub-type(8), payload length(16, header included). Key-exchange payloads stand beside
 * it. Same proposal number: AND; different: OR; transforms in order of preference.
 * The decoded form has a fixed size and lies on the caller's stack: nothing is allocated for unauthenticated input. */
#ifndef HW_PROTO_SA_PAYLOAD_H
#define HW_PROTO_SA_PAYLOAD_H

#include "base/wire.h"

enum { SA_MAX_PROPOSALS = 8, SA_MAX_TRANSFORMS = 8, SA_MAX_ATTRIBUTES = 8 };

typedef enum sa_subtype {
	SA_CLIENT_HOME = 1,
	SA_CLIENT_RELAY = 2,
	SA_HOME_RELAY = 3,
	SA_CLIENT_MANAGER = 4,
} sa_subtype;

/* Protocol-ID, as IKE numbers protocols (RFC 7296 3.3.1). */
enum { SA_PROTO_AUTH = 1, SA_PROTO_ESP = 3 };
/* Transform ids of ESP: IKEv2 ENCR numbers (RFC 7296, 5282, 7634). */
enum {
	SA_ENCR_AES_GCM_16 = 20,
	SA_ENCR_CHACHA20_POLY1305 = 28,
};
/* Transform ids of authentication: IKEv2 AUTH numbers. */
enum { SA_AUTH_HMAC_SHA256_128 = 12, SA_AUTH_HMAC_MD5_96 = 1 };
/* Attributes: type(15) with the AF bit for 16-bit values, as RFC 7296 3.3.5. */
enum {
	SA_ATTR_GROUP = 4,       /* Diffie-Hellman group of the key exchange */
	SA_ATTR_ESN = 5,         /* 1: extended sequence numbers */
	SA_ATTR_KEY_LENGTH = 14, /* bits */
};
/* Groups, by IANA's numbers for IKEv2. */
enum {
	DH_MODP768 = 1,
	DH_MODP1024 = 2,
	DH_MODP2048 = 14,
	DH_P256 = 19,
	DH_P384 = 20,
	DH_X25519 = 31,
};

typedef struct sa_attribute {
	uint16_t type;
	wire_bytes value; /* two octets for the short form */
} sa_attribute;
typedef struct sa_transform {
	uint8_t subtype, number;
	uint16_t id;
	uint8_t n_keys; /* keys the transform needs */
	uint8_t n_attributes;
	sa_attribute attributes[SA_MAX_ATTRIBUTES];
} sa_transform;
typedef struct sa_proposal {
	uint8_t subtype, number, protocol_number, protocol_id;
	uint32_t lifetime_s;
	uint32_t spi; /* where the sender of this payload receives */
	uint8_t n_transforms;
	sa_transform transforms[SA_MAX_TRANSFORMS];
} sa_proposal;
typedef struct sa_payload {
	uint8_t subtype; /* sa_subtype */
	uint8_t n_proposals;
	sa_proposal proposals[SA_MAX_PROPOSALS];
} sa_payload;

/* Body of VENDOR_SA_PAYLOAD. False: malformed, or more of anything than the arrays hold. Numbers and
 * sub-types are kept as received; the negotiation checks them. Attribute values borrow
 * from body. */
bool sa_payload_get(wire_bytes body, sa_payload *out);
void sa_payload_put(wire_wr *w, const sa_payload *p); /* body only */
/* False: absent, or not of two octets. */
bool sa_attr_u16(const sa_transform *t, uint16_t type, uint16_t *out);
/* Replaces or appends; storage must live as long as *t. Does nothing when the array is full. */
void sa_attr_set_u16(sa_transform *t, uint16_t type, uint16_t v, uint8_t storage[2]);

/* Key exchange; body of VENDOR_KEY_EXCHANGE. Values borrow from body. */
typedef enum ke_kind { KE_GROUP = 1, KE_USER_GROUP = 2, KE_KEY_CENTRE = 3 } ke_kind;
typedef struct ke_payload {
	uint8_t kind;                /* ke_kind, the sub-type */
	uint16_t group;              /* KE_GROUP: transform identification */
	wire_bytes value;            /* computed value, or the key under the association of `spi` */
	wire_bytes prime, generator; /* KE_USER_GROUP */
	uint32_t spi;                /* KE_KEY_CENTRE */
} ke_payload;
bool ke_payload_get(wire_bytes body, ke_payload *out);
void ke_payload_put(wire_wr *w, const ke_payload *k); /* body only */

#endif
