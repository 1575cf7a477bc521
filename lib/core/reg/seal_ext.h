/* SPDX-License-Identifier: MIT */
/* seal_ext.h - general extensions with E = 1: AES-256-GCM, data = nonce(12) ciphertext tag(16). Associated
 * data: the message's fixed header, then the extension's own headers up to its data; so that none can
 * be moved to another message or relabelled. */
#ifndef HW_CORE_REG_SEAL_EXT_H
#define HW_CORE_REG_SEAL_EXT_H

#include "core/crypto/aead.h"
#include "proto/general_ext.h"
#include "proto/mip_ext.h"

enum { SEAL_EXT_MAX_PLAIN = 256 };
/* Appends a critical vendor extension to the message that w has been writing from its start, whose fixed
 * header is hdr_len octets long. False: no room, or no randomness. */
bool seal_ext_put(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN], uint16_t vendor_type,
		  uint8_t content_type, uint32_t spi, wire_bytes plain);
/* One address in an extension of VENDOR_GENERAL_IP; nothing for one of len 0. */
void seal_ext_put_ip(wire_wr *w, size_t hdr_len, const uint8_t key[AEAD_KEY_LEN],
		     uint8_t content_type, uint32_t spi, const ip_addr *a);
/* ext was found in the message msg; writes the data to out[SEAL_EXT_MAX_PLAIN] (E = 0: copies it, and the
 * caller sees g->encrypted). Returns false when malformed or not authentic. */
bool seal_ext_get(wire_bytes msg, size_t hdr_len, const mip_ext *ext,
		  const uint8_t key[AEAD_KEY_LEN], general_ext *g, uint8_t out[SEAL_EXT_MAX_PLAIN]);

#endif
