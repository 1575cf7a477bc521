/* SPDX-License-Identifier: MIT */
/* now.h - the time as cores take it. Once for each batch of packets is enough. */
#ifndef HW_IO_NET_NOW_H
#define HW_IO_NET_NOW_H

#include "base/clock.h"
#include "core/packet/dgram.h"

static inline core_time io_now(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

#endif
