/* SPDX-License-Identifier: MIT */
/* replay.h - anti-replay window, for extended sequence numbers too (RFC 4303 3.4.3, appendix A; ring of
 * 64-bit words as RFC 6479). 2,048 packets wide. */
#ifndef HW_CORE_SA_REPLAY_H
#define HW_CORE_SA_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_WINDOW = 2048, REPLAY_WORDS = REPLAY_WINDOW / 64 + 1 };
typedef struct replay {
	uint64_t top; /* highest sequence number authenticated; 0: none */
	uint64_t bits[REPLAY_WORDS];
} replay;

/* The 64-bit number that the low 32 bits on the wire stand for (RFC 4303 A2.2). */
uint64_t replay_infer(const replay *w, uint32_t low);
bool replay_is_new(const replay *w, uint64_t seq); /* 0 is never new */
void replay_commit(replay *w, uint64_t seq);       /* after the ICV verified, not before */

#endif
