/* SPDX-License-Identifier: MIT */
/* mip.h - Mobile IPv4 registration messages, fixed parts (RFC 5944 3.3, 3.4), and what the first
 * octets of a datagram on our one socket mean (docs/protocol.md, "One socket"). Pure codec. */
#ifndef HW_PROTO_MIP_H
#define HW_PROTO_MIP_H

#include "base/addr.h"
#include "base/wire.h"

enum {
	MIP_PORT = 434,
	MIP_ESP_PORT = 4500,
	MIP_MAX_MESSAGE = 1200, /* octets: no longer one is built */
	MIP_REQUEST_LEN = 24,
	MIP_REPLY_LEN = 20,
};

typedef enum dgram_kind {
	DGRAM_BAD, /* empty or too short for what its first octets say */
	DGRAM_KEEPALIVE,
	DGRAM_IKE,
	DGRAM_REQUEST,
	DGRAM_REPLY,
	DGRAM_REVOCATION, /* 07 and its acknowledgement 0f (RFC 3543 3.3, 3.4) */
	DGRAM_OWN,        /* 10-1f: ctl.h */
	DGRAM_ESP,
	DGRAM_N_KINDS
} dgram_kind;
dgram_kind dgram_classify(const uint8_t *p, size_t n);

/* Flags of a request, RFC 5944 3.3, bit for bit. */
enum {
	MIP_S = 0x80, /* simultaneous bindings */
	MIP_B = 0x40, /* broadcast datagrams */
	MIP_D = 0x20, /* decapsulation by the mobile node: co-located care-of address */
	MIP_M = 0x10,
	MIP_G = 0x08,
	MIP_R = 0x04,
	MIP_T = 0x02, /* reverse tunnelling */
	MIP_X = 0x01,
};

typedef struct mip_request {
	uint8_t flags;
	uint16_t lifetime_s; /* 0: deregister; 0xffff: infinity */
	/* Always IPv4; 0.0.0.0 where hidden or unknown. */
	ip_addr home_address, home_agent, care_of;
	uint64_t identification;
	wire_bytes extensions; /* borrowed from what was read */
} mip_request;

/* RFC 5944 3.4. */
typedef enum mip_code {
	MIP_ACCEPTED = 0,
	MIP_ACCEPTED_NO_SIMULTANEOUS = 1,
	MIP_FA_UNSPECIFIED = 64,
	MIP_FA_PROHIBITED = 65,
	MIP_FA_RESOURCES = 66,
	MIP_FA_MN_FAILED_AUTH = 67,
	MIP_FA_HA_FAILED_AUTH = 68,
	MIP_FA_LIFETIME = 69,
	MIP_FA_BAD_REQUEST = 70,
	MIP_FA_BAD_REPLY = 71,
	MIP_FA_TIMEOUT = 78,
	MIP_HA_UNSPECIFIED = 128,
	MIP_HA_PROHIBITED = 129,
	MIP_HA_RESOURCES = 130,
	MIP_HA_MN_FAILED_AUTH = 131,
	MIP_HA_FA_FAILED_AUTH = 132,
	MIP_HA_IDENT_MISMATCH = 133,
	MIP_HA_BAD_REQUEST = 134,
	MIP_HA_TOO_MANY_BINDINGS = 135,
	MIP_HA_UNKNOWN_AGENT = 136,
} mip_code;
const char *mip_code_text(unsigned code); /* as the RFC has it; "code not defined" for others */

typedef struct mip_reply {
	uint8_t code;
	uint16_t lifetime_s;              /* granted */
	ip_addr home_address, home_agent; /* IPv4 */
	uint64_t identification;
	wire_bytes extensions;
} mip_reply;

/* From the type octet on. Getting takes all that is left as extensions; putting writes m->extensions
 * after the fixed part (none when building: extensions then follow with mip_ext.h). An address of
 * length 0 is written as 0.0.0.0; an IPv6 one makes the writer bad. */
bool mip_request_get(wire_rd *r, mip_request *out);
void mip_request_put(wire_wr *w, const mip_request *m);
bool mip_reply_get(wire_rd *r, mip_reply *out);
void mip_reply_put(wire_wr *w, const mip_reply *m);

#endif
