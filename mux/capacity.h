/* SPDX-License-Identifier: MIT */
/* capacity.h - how much of the system all clients together may have unless mux.conf says otherwise. */
#ifndef HW_MUX_CAPACITY_H
#define HW_MUX_CAPACITY_H

#include "core/mux/config.h"

/* Half of the descriptors for connections and half for tunnels, less a few of our own; a quarter of the memory. */
mux_room_limits capacity_of(uint64_t descriptors, uint64_t memory);
/* Of this process: RLIMIT_NOFILE as it is now, and the machine's memory or, where that is less, what its control group
 * may use (memory.max of cgroup v2). */
mux_room_limits capacity_of_system(void);

#endif
