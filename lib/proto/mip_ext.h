/* SPDX-License-Identifier: MIT */
/* mip_ext.h - extensions of Mobile IP messages: the walk over them and the standard ones we use
 * (RFC 5944 1.9, 1.10 and 3.5; RFC 3115 vendor extensions; RFC 3519 UDP tunnelling; RFC 4721
 * generalized authentication). Order matters: an authentication extension does not cover what follows it. */
#ifndef HW_PROTO_MIP_EXT_H
#define HW_PROTO_MIP_EXT_H

#include "base/wire.h"

enum {
	MIP_EXT_MOBILE_HOME = 32,
	MIP_EXT_MOBILE_FOREIGN = 33,
	MIP_EXT_FOREIGN_HOME = 34,
	MIP_EXT_GENERALIZED_AUTH = 36,
	MIP_EXT_CRITICAL_VENDOR = 38,
	MIP_EXT_UDP_TUNNEL_REPLY = 44,
	MIP_EXT_NAI = 131,
	MIP_EXT_CHALLENGE = 132,
	MIP_EXT_NORMAL_VENDOR = 134,
	MIP_EXT_REVOCATION_SUPPORT = 137,
	MIP_EXT_UDP_TUNNEL_REQUEST = 144,
};
enum {
	MIP_VENDOR = 32473,
	VENDOR_GENERAL_NAI = 1,
	VENDOR_GENERAL_IP = 2,
	VENDOR_GENERAL_L2 = 3,
	VENDOR_GENERAL_SA = 4,
	VENDOR_SA_PAYLOAD = 16,
	VENDOR_PROPOSAL = 17,
	VENDOR_TRANSFORM = 18,
	VENDOR_KEY_EXCHANGE = 19,
	VENDOR_NONCE = 20, /* 16 octets: input of the key derivation */
	VENDOR_NOTIFY =
		21, /* why a request was refused, in more detail than its code: mip_notify */
	VENDOR_HOME_LINK = 22,  /* empty: "on the home link", with lifetime 0 (RFC 5944 2.4.3) */
	VENDOR_STANDBY = 23,    /* empty: admit this path, leave the binding where it is */
	VENDOR_RELAY_NAME = 24, /* a relay's name, in its own replies */
	VENDOR_CARRIER = 27,    /* empty: this path goes through a multiplexer */
	VENDOR_TIME = 28,       /* empty: a question for home's time, which registers nothing */
	VENDOR_AGENT = 26,      /* in advertisements: flags(8), port(16), name */
	VENDOR_RELAY_KEY =
		25, /* home to relay, after the mobile-home authentication: its copy of KEY3 */
};

typedef struct mip_ext {
	uint8_t type;
	uint8_t subtype;      /* of the long format (RFC 5944 1.10): 36; else 0 */
	uint16_t vendor_type; /* vendor extensions of MIP_VENDOR only, else 0 */
	bool critical;     /* type 0-127: an unknown one makes the message invalid (RFC 5944 1.8) */
	const uint8_t *at; /* first octet of the extension: its type field */
	wire_bytes body;   /* after the headers; borrowed */
} mip_ext;

/* The next extension; false at the end (then !r->bad) or at a malformed one (r->bad).
 * A vendor extension of another vendor has vendor_type 0 and its body starts at the vendor id.
 * Padding octets of type 0 are skipped (one-byte padding, RFC 5944 2.1.3). */
bool mip_ext_next(wire_rd *r, mip_ext *out);

/* The header of a vendor extension; its body is written between open and close, and close takes the mark that
 * open returned. Type 38, reserved, length(16), vendor, vendor type; the length counts vendor and vendor type but
 * none of the four octets before them (RFC 3115 2.1 as it is deployed). */
size_t mip_vendor_open(wire_wr *w, uint16_t vendor_type);
void mip_vendor_close(wire_wr *w, size_t mark);

/* An authentication extension (RFC 5944 3.5.2-4): SPI and authenticator. */
typedef struct mip_auth_ext {
	uint32_t spi;
	wire_bytes authenticator;
} mip_auth_ext;
bool mip_auth_ext_get(wire_bytes body, mip_auth_ext *out);
/* Writes the extension with room for len octets of authenticator and returns where they go (NULL: no
 * room). The authenticator covers everything from the message's start to the end of the SPI field (RFC 5944
 * 3.5.1). Type 36 gets the long header and sub-type 1, MN-AAA (RFC 4721 5 and 6). */
uint8_t *mip_auth_ext_put(wire_wr *w, uint8_t type, uint32_t spi, size_t len);

/* RFC 3519 3.1 and 3.2. */
typedef struct mip_udp_request {
	bool force, registration_required; /* F, R */
	uint8_t encapsulation;             /* IP protocol number: 50, ESP */
} mip_udp_request;
typedef struct mip_udp_reply {
	uint8_t code; /* 0: will do, 64: declined */
	bool force;
	uint16_t keepalive_s; /* 0: none needed */
} mip_udp_reply;
bool mip_udp_request_get(wire_bytes body, mip_udp_request *out);
void mip_udp_request_put(wire_wr *w, const mip_udp_request *m);
bool mip_udp_reply_get(wire_bytes body, mip_udp_reply *out);
void mip_udp_reply_put(wire_wr *w, const mip_udp_reply *m);

/* VENDOR_NOTIFY body: reason(16), data(32). */
typedef enum mip_notify_reason {
	NOTIFY_NONE,
	NOTIFY_NO_PROPOSAL,   /* no transform of any proposal is acceptable */
	NOTIFY_WRONG_GROUP,   /* data: the group to send a key exchange of */
	NOTIFY_NOT_HOME_LINK, /* lifetime 0 with VENDOR_HOME_LINK, but not heard on the home link */
	NOTIFY_EXPIRED,       /* the account's time is over */
	NOTIFY_NO_ADDRESS,    /* none left, or the one asked for isn't the client's */
	NOTIFY_N_REASONS
} mip_notify_reason;
typedef struct mip_notify {
	uint16_t reason;
	uint32_t data;
} mip_notify;
bool mip_notify_get(wire_bytes body, mip_notify *out);
void mip_notify_put(wire_wr *w, const mip_notify *m); /* body only */
const char *mip_notify_text(unsigned reason);

#endif
