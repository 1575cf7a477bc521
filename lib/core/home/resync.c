/* SPDX-License-Identifier: MIT */
#include "core/home/resync.h"

static bool was_answered(const home_resyncs *all, uint32_t spi, uint64_t id)
{
	for (unsigned i = 0; i < HOME_RESYNCS; i++)
		if (all->answered[i].id == id && all->answered[i].spi == spi)
			return true;
	return false;
}

bool home_resyncs_take(home_resyncs *all, home_credential *c, uint32_t spi, uint64_t id,
		       uint64_t now_ms)
{
	if (was_answered(all, spi, id) || !home_credential_take_resync(c, now_ms))
		return false;
	all->answered[all->next].id = id;
	all->answered[all->next].spi = spi;
	all->next = (all->next + 1) % HOME_RESYNCS;
	return true;
}
