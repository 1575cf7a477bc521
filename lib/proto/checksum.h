/* SPDX-License-Identifier: MIT */
/* checksum.h - the Internet checksum (RFC 1071), in 64-bit lanes the compiler can vectorise. */
#ifndef HW_PROTO_CHECKSUM_H
#define HW_PROTO_CHECKSUM_H

#include "proto/ip.h"

/* Unfolded ones' complement sums, octets in memory order; add them up freely, fold once. Only the last
 * piece of what is summed in pieces may be of odd length. Good for 2^32 octets and more. */
uint64_t csum_partial(const void *data, size_t n, uint64_t sum);
uint64_t csum_copy(void *dst, const void *src, size_t n, uint64_t sum); /* copies while it sums */
uint16_t csum_fold(uint64_t sum); /* complemented; store with memcpy, it is in memory order */
uint64_t csum_pseudo(const uint8_t *ip, const ip_view *v, uint8_t proto, uint32_t transport_len);
/* Transport checksum over what the packet holds, its checksum field included; 0 means it is right.
 * With that field zeroed before, the result is what to store there. */
uint16_t csum_transport(const uint8_t *ip, const ip_view *v, uint8_t proto);

#endif
