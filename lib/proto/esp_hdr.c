/* SPDX-License-Identifier: MIT */
/* esp_hdr.c - lengths of ESP packets. */
#include "proto/esp_hdr.h"

enum { ESP_ALIGN = 4 }; /* RFC 4303 2.4: the next header field ends on a 4-octet boundary */

size_t esp_sealed_len(size_t inner_len)
{
	size_t body = (inner_len + ESP_TRAILER_LEN + ESP_ALIGN - 1) & ~(size_t)(ESP_ALIGN - 1);

	return ESP_PAYLOAD_AT + body + ESP_ICV_LEN;
}

size_t esp_inner_max(size_t udp_payload_max)
{
	if (udp_payload_max < ESP_MIN_LEN)
		return 0;
	size_t body = (udp_payload_max - ESP_PAYLOAD_AT - ESP_ICV_LEN) & ~(size_t)(ESP_ALIGN - 1);
	return body - ESP_TRAILER_LEN;
}
