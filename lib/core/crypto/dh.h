/* SPDX-License-Identifier: MIT */
/* dh.h - Diffie-Hellman in the groups of docs/protocol.md 7: X25519 (31), P-256 (19), P-384 (20), MODP-2048
 * (14). Peer values are checked as RFC 6989 says (2..p-2; on the curve; X25519's all-zero result refused). */
#ifndef HW_CORE_CRYPTO_DH_H
#define HW_CORE_CRYPTO_DH_H

#include "base/err.h"
#include "base/wire.h"

enum { DH_MAX_VALUE = 256 };
typedef struct dh dh; /* an ephemeral key pair; dh_free() wipes it */
bool dh_group_parse(const char *name, uint16_t *group); /* "x25519", "p256", "p384", "modp2048" */
dh *dh_new(uint16_t group, err *e);
void dh_free(dh *d);
uint16_t dh_group(const dh *d);
wire_bytes dh_public(
	const dh *d); /* as IKEv2 sends it (RFC 7296 3.4, RFC 5903: x | y, RFC 8031); owned by d */
/* The shared secret into out[DH_MAX_VALUE]; returns its length, 0: peer's value refused, see *e. */
size_t dh_shared(const dh *d, wire_bytes peer, uint8_t out[DH_MAX_VALUE], err *e);

#endif
