/* SPDX-License-Identifier: MIT */
/* tcp_bbr.h - lets the congestion control of a socket start again, where that helps (core/http/bbr_restart.h).
 * Private to lib/io. */
#ifndef HW_IO_STREAM_TCP_BBR_H
#define HW_IO_STREAM_TCP_BBR_H

#include "core/http/bbr_restart.h"

/* What is to be written to that socket has waited for so long. */
void tcp_bbr_note_wait(bbr_restart *b, int fd, uint64_t now_ms, uint64_t wait_ms);

#endif
