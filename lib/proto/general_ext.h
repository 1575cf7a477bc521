/* SPDX-License-Identifier: MIT */
/* general_ext.h - general extensions (docs/protocol.md 4): network access identifier,
 * IP address, layer-2 address, security association. Each travels as a critical vendor extension whose
 * body is: content type(8), E flag(1) and reserved(7), SPI(32), data. With E = 1 data is encrypted
 * under the association the SPI names (core/reg/seal_ext.h). The vendor header carries type and length. */
#ifndef HW_PROTO_GENERAL_EXT_H
#define HW_PROTO_GENERAL_EXT_H

#include "base/addr.h"
#include "base/wire.h"

enum { GENERAL_EXT_HDR_LEN = 6 };

/* Content types, by extension. */
enum { NAI_MOBILE_NODE = 0, NAI_FOREIGN_AGENT = 1, NAI_HOME_AGENT = 2 };
enum {
	IP_MOBILE_OR_HOME = 0, /* permanent address; all zero asks for one. data: 4 or 16 octets */
	IP_ROUTER = 1,
	IP_HOME_NETWORK = 2,   /* data: prefix length(8), then 4 or 16 octets */
	IP_HOME_AGENT_LAN = 3, /* home server's address on the home link */
	IP_OBSERVED = 4,       /* the source address and port(16) the request was seen with */
	IP_CARE_OF = 5,        /* the sender's own IPv6 care-of address */
	IP_RELAY = 6,          /* a relay of home's: port(16), address length(8), address, name */
};
enum { L2_ETHERNET = 0, L2_IMSI = 1, L2_MIN = 2 };
enum { SA_CLIENT_AGENT = 0, SA_AGENT_AGENT = 1, SA_KEY3 = 2 /* client and relay */ };

typedef struct general_ext {
	uint8_t content_type;
	bool encrypted; /* E */
	uint32_t spi;   /* names the association; 0 when E = 0 */
	wire_bytes data;
} general_ext;
bool general_ext_get(wire_bytes body, general_ext *out); /* false: shorter than its header */
/* With the vendor header. */
void general_ext_put(wire_wr *w, uint16_t vendor_type, const general_ext *g);

/* The data of a security-association extension, once in the clear: SPI, algorithm, key. Algorithm is a
 * transform id of sa_payload.h; 0: only the SPI is given (the next pseudonym). */
typedef struct general_sa {
	uint32_t spi;
	uint16_t algorithm;
	wire_bytes key;
} general_sa;
bool general_sa_get(wire_bytes data, general_sa *out);
void general_sa_put(wire_wr *w, const general_sa *g); /* data only */

#endif
