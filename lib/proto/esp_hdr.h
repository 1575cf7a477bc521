/* SPDX-License-Identifier: MIT */
/* esp_hdr.h - the layout of an ESP packet with an AEAD of 8-octet explicit IV and 16-octet ICV
 * (RFC 4303 2, RFC 4106, RFC 7634): SPI, sequence number, IV, ciphertext, ICV. */
#ifndef HW_PROTO_ESP_HDR_H
#define HW_PROTO_ESP_HDR_H

#include <stddef.h>
#include <stdint.h>

enum {
	ESP_HDR_LEN = 8,
	ESP_IV_LEN = 8,
	ESP_PAYLOAD_AT = ESP_HDR_LEN + ESP_IV_LEN, /* where the inner packet starts */
	ESP_ICV_LEN = 16,
	ESP_TRAILER_LEN = 2, /* pad length, next header */
	ESP_MIN_LEN = ESP_PAYLOAD_AT + 4 + ESP_ICV_LEN,
	ESP_MAX_OVERHEAD = ESP_PAYLOAD_AT + ESP_TRAILER_LEN + 3 + ESP_ICV_LEN,
	ESP_MIN_SPI = 0x20000000, /* below are other messages on the same socket */
	ESP_NEXT_IPV4 = 4,
	ESP_NEXT_IPV6 = 41,
	ESP_NEXT_DUMMY = 59, /* RFC 4303 2.6 */
	ESP_NEXT_CTL = 253,  /* RFC 3692: control messages, ctl.h */
};

size_t esp_sealed_len(size_t inner_len);      /* octets of the whole ESP packet */
size_t esp_inner_max(size_t udp_payload_max); /* the longest inner packet that fits, or 0 */

#endif
