/* SPDX-License-Identifier: MIT */
/* bbr_restart.h - when the congestion control of a TCP connection that carries a tunnel begins anew.
 * BBR (draft-ietf-ccwg-bbr) finds the rate of its path in Startup, once in the life of a connection; after
 * that its estimate grows by a quarter in eight round trips at best. But a carrier is quiet for most of its
 * life, and so what it knows is the rate of acknowledgements and keepalives: the next transfer would wait
 * for seconds. So when packets wait though it is past Startup, it goes through Startup again, as a new
 * connection would. That costs the path a queue for some round trips; so where the rate is still what it
 * was at the last start, within a quarter, the next one waits for long, and each time for twice as long.
 * After a pause in which nothing waited it may be at once. Time is an argument. Row B1. */
#ifndef HW_CORE_HTTP_BBR_RESTART_H
#define HW_CORE_HTTP_BBR_RESTART_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BBR_RESTART_WAIT_MS = 50,  /* packets that have waited for less need nothing */
	BBR_RESTART_LOOK_MS = 50,  /* between looks at the connection */
	BBR_RESTART_GAP_MS = 1000, /* at least, between two starts */
	BBR_RESTART_SAME_MIN_MS = 16000,
	BBR_RESTART_SAME_MAX_MS = 64000,
	BBR_RESTART_PAUSE_MS = 5000, /* without packets that wait: what comes is another transfer */
};

typedef struct bbr_restart { /* zeros: nothing happened yet */
	uint64_t look_ms;    /* the next one */
	uint64_t waited_ms;  /* when packets waited last */
	uint64_t start_ms;   /* the last start */
	uint64_t rate;       /* octets a second, then */
	uint32_t gap_ms;     /* until the next one if the rate is the same; 0: there was none */
} bbr_restart;

typedef struct bbr_seen { /* of the connection */
	uint64_t rate;    /* estimated bottleneck bandwidth, octets a second */
	bool probe_bw;    /* past Startup, in the state of cruising */
	bool in_recovery; /* of a loss, when a new start would measure too little */
} bbr_seen;

/* The oldest packet has waited for so long: is a look at the connection worth a system call? */
bool bbr_restart_looks(bbr_restart *b, uint64_t now_ms, uint64_t wait_ms);
/* That look: is it to begin anew now? */
bool bbr_restart_wants(bbr_restart *b, uint64_t now_ms, const bbr_seen *s);

#endif
