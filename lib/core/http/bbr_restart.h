/* SPDX-License-Identifier: MIT */
/* bbr_restart.h - when the congestion control of a TCP connection that carries a tunnel starts again.
 * BBR (draft-ietf-ccwg-bbr) measures the rate of its path in Startup, once in the life of a connection; after
 * that its estimate grows by a quarter in eight round trips at best. But a carrier is quiet for most of its
 * life, so its estimate is the rate of acknowledgements and keepalives, and the next transfer would be slow
 * for seconds. So when packets wait though it is past Startup, it goes through Startup again, as a new
 * connection would. That fills the path's queue for some round trips; so where the rate is still what it
 * was at the last restart, within a quarter, the next one is held off, each time for twice as long. After a
 * pause in which nothing waited it may come at once. Time is an argument. */
#ifndef HW_CORE_HTTP_BBR_RESTART_H
#define HW_CORE_HTTP_BBR_RESTART_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BBR_RESTART_WAIT_MS = 50,  /* packets that have waited for less need nothing */
	BBR_RESTART_LOOK_MS = 50,  /* between looks at the connection */
	BBR_RESTART_GAP_MS = 1000, /* at least, between two restarts */
	BBR_RESTART_SAME_MIN_MS = 16000,
	BBR_RESTART_SAME_MAX_MS = 64000,
	BBR_RESTART_PAUSE_MS = 5000, /* without packets that wait: what comes is another transfer */
};

typedef struct bbr_restart { /* zeros: nothing happened yet */
	uint64_t look_ms;    /* the next one */
	uint64_t waited_ms;  /* when packets waited last */
	uint64_t restart_ms; /* the last one */
	uint64_t rate;       /* octets a second, then */
	uint32_t gap_ms;     /* until the next one if the rate is the same; 0: there was none */
} bbr_restart;

typedef struct bbr_sample { /* of the connection */
	uint64_t rate;      /* estimated bottleneck bandwidth, octets a second */
	bool probe_bw;      /* past Startup, in the steady state */
	bool in_recovery;   /* of a loss, when a restart would measure too little */
} bbr_sample;

/* Notes how long the oldest packet has waited. True: a look at the connection is worth a system call. */
bool bbr_restart_note_wait(bbr_restart *b, uint64_t now_ms, uint64_t wait_ms);
/* Decides by that look. True: restart now, which is noted. */
bool bbr_restart_decide(bbr_restart *b, uint64_t now_ms, const bbr_sample *s);

#endif
