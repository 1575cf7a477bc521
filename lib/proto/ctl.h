/* SPDX-License-Identifier: MIT */
/* ctl.h - Homeward's control messages (docs/protocol.md 13, 14, 18.3, 22).
 * Outside ESP (first octet 10): "unknown SPI": the home server lost the association a packet named.
 * Unauthenticated, so it is only a hint: eight octets, never longer than the packet it answers.
 * Inside ESP (next header 253): echo request and reply for round-trip times, path MTU (padded requests)
 * and liveness, which also carry the path MTU to the other end. */
#ifndef HW_PROTO_CTL_H
#define HW_PROTO_CTL_H

#include "base/wire.h"

enum { CTL_UNKNOWN_SPI = 0x10, CTL_UNKNOWN_VISITOR = 0x11, CTL_UNKNOWN_SPI_LEN = 8 };
void ctl_unknown_spi_put(wire_wr *w, uint32_t spi);  /* 10, 0, 0, 0, SPI */
bool ctl_unknown_spi_get(wire_rd *r, uint32_t *spi); /* false: not exactly that */
/* "Unknown visitor" (first octet 11), in the same format and a hint too: the relay has no entry for the address
 * and port an ESP packet came from (it was restarted, or a NAT changed the mapping): register again. */
void ctl_unknown_visitor_put(wire_wr *w, uint32_t spi);
bool ctl_unknown_visitor_get(wire_rd *r, uint32_t *spi);

/* "Restarted" (first octet 15): home says to a client that it holds none of its associations any more; authenticated and
 * encrypted as a whole (core/reg/notice.h). */
enum { CTL_RESTARTED = 0x15 };

typedef enum ctl_kind { CTL_ECHO = 1, CTL_ECHO_REPLY = 2 } ctl_kind;
enum {
	CTL_STAY = 0x01, /* this packet's source address is not to become the binding's */
	CTL_LEN = 20,
};
/* kind(8) flags(8) path(16) id(32) stamp_us(64) size(16) mtu(16), then padding */
typedef struct ctl_msg {
	uint8_t kind, flags;
	uint16_t path;     /* the sender's identifier of the path; echoed */
	uint32_t id;       /* echoed */
	uint64_t stamp_us; /* the sender's clock; echoed */
	uint16_t size;     /* UDP payload octets of the request that this is, or answers */
	uint16_t mtu;      /* largest UDP payload known to pass on this path; 0: not known */
} ctl_msg;
bool ctl_get(wire_rd *r, ctl_msg *out); /* ignores padding; false: short, or an unknown kind */
void ctl_put(wire_wr *w, const ctl_msg *m, size_t pad);

#endif
