/* SPDX-License-Identifier: MIT */
#include "core/client/hints.h"

enum { GAP_MS = 1000, GAP_MAX_MS = 60000 };

bool client_hints_take(client_hints *h, uint64_t now_ms)
{
	if (now_ms < h->next_ms)
		return false;
	bool was_quiet = h->gap_ms == 0 || now_ms >= h->next_ms + 2ull * h->gap_ms;
	h->gap_ms = was_quiet ? GAP_MS : h->gap_ms * 2;
	if (h->gap_ms > GAP_MAX_MS)
		h->gap_ms = GAP_MAX_MS;
	h->next_ms = now_ms + h->gap_ms;
	return true;
}
