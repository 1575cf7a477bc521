/* SPDX-License-Identifier: MIT */
#include "core/sa/replay.h"

/* A ring of one word more than the window needs: the word that the top lies in is only partly behind
 * it, so the oldest whole word can be cleared ahead of use instead of shifting bits (RFC 6479). */
static uint64_t *word_of(replay *w, uint64_t seq)
{
	return &w->bits[seq / 64 % REPLAY_WORDS];
}

uint64_t replay_infer(const replay *w, uint32_t low)
{
	uint32_t top_low = (uint32_t)w->top;
	uint32_t high = (uint32_t)(w->top >> 32);
	uint32_t bottom = top_low - (REPLAY_WINDOW - 1); /* modulo 2^32, as the appendix has it */

	if (top_low >= REPLAY_WINDOW - 1) { /* case A: the window lies within one subspace */
		if (low < bottom && ++high == 0)
			return 0;   /* would be past 2^64 */
	} else if (low >= bottom) { /* case B: it spans two, and this is the older */
		if (high-- == 0)
			return 0; /* before the first packet */
	}
	return (uint64_t)high << 32 | low;
}

bool replay_is_new(const replay *w, uint64_t seq)
{
	if (seq > w->top)
		return true;
	if (seq == 0 || w->top - seq >= REPLAY_WINDOW)
		return false;
	return !(w->bits[seq / 64 % REPLAY_WORDS] >> (seq % 64) & 1);
}

static void advance(replay *w, uint64_t seq)
{
	uint64_t words = seq / 64 - w->top / 64;

	if (words > REPLAY_WORDS)
		words = REPLAY_WORDS;
	for (uint64_t i = 0; i < words; i++)
		*word_of(w, seq - i * 64) = 0;
	w->top = seq;
}

void replay_commit(replay *w, uint64_t seq)
{
	if (seq > w->top)
		advance(w, seq);
	else if (seq == 0 || w->top - seq >= REPLAY_WINDOW)
		return;
	*word_of(w, seq) |= 1ull << (seq % 64);
}
