/* SPDX-License-Identifier: MIT */
/* script.h - the filter in nftables' language (nft(8)). */
#ifndef HW_IO_FILTER_SCRIPT_H
#define HW_IO_FILTER_SCRIPT_H

#include "io/filter/filter.h"

enum { FILTER_SCRIPT = 16 * 1024 };

/* False: it does not fit. */
bool filter_script(const filter_rules *f, char out[FILTER_SCRIPT]);
void filter_script_remove(uint32_t id, char out[FILTER_SCRIPT]);
void filter_script_count(uint32_t id, char out[FILTER_SCRIPT]);

#endif
