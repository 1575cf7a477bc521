/* SPDX-License-Identifier: MIT */
/* watch.h - notices that a table of nftables was removed, by whomever: loading a ruleset begins with "flush ruleset" on
 * most systems. */
#ifndef HW_IO_FILTER_WATCH_H
#define HW_IO_FILTER_WATCH_H

#include "base/err.h"
#include <stdbool.h>

/* A descriptor that is readable when nftables changes; the caller closes it. -1: see *e; there is no nftables. */
int filter_watch_open(err *e);
/* Reads what there is. True: a table went, or changes were too many to be told of. */
bool filter_watch_drain(int fd);

#endif
