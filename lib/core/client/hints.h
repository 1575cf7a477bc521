/* SPDX-License-Identifier: MIT */
/* hints.h - how often a hint may be followed that nobody authenticated ("unknown SPI", "unknown visitor"): the
 * first at once, later ones after pauses that double, until it was quiet for two of them. */
#ifndef HW_CORE_CLIENT_HINTS_H
#define HW_CORE_CLIENT_HINTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct client_hints {
	uint64_t next_ms; /* the next may be followed then */
	uint32_t gap_ms;
} client_hints;

bool client_hints_take(client_hints *h, uint64_t now_ms); /* true: follow it */

#endif
