/* SPDX-License-Identifier: MIT */
#include "core/mux/entry.h"

#include "proto/esp_hdr.h"
#include "proto/mip.h"

mux_entry mux_entry_of(const uint8_t *p, size_t n)
{
	switch (dgram_classify(p, n)) {
	case DGRAM_ESP:
		return load_be32(p) >= ESP_MIN_SPI ? MUX_ENTRY_ESP : MUX_ENTRY_NONE;
	case DGRAM_REQUEST:
	case DGRAM_OWN:
		return n <= MIP_MAX_MESSAGE ? MUX_ENTRY_MESSAGE : MUX_ENTRY_NONE;
	case DGRAM_KEEPALIVE:
		return MUX_ENTRY_MESSAGE;
	default: /* IKE, replies and revocations are no client's; the rest is nobody's */
		return MUX_ENTRY_NONE;
	}
}
