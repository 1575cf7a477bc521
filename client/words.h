/* SPDX-License-Identifier: MIT */
/* words.h - a list at commas and blanks, as a value of a configuration has it. */
#ifndef HW_CLIENT_WORDS_H
#define HW_CLIENT_WORDS_H

#include "base/err.h"

/* Calls take() for each word, until it refuses one. False: it did, there is none, or no memory; see *e. */
bool words_each(const char *text, bool (*take)(const char *w, void *field, err *e), void *field,
		err *e);

#endif
