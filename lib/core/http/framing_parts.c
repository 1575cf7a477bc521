/* SPDX-License-Identifier: MIT */
/* framing_parts.c - bodies that come in pieces, for all kinds. */
#include "core/http/framing_priv.h"
#include <stdlib.h>

bool framing_join(framing *f, part *t, uint8_t **p, size_t *n, bool last)
{
	if (t->have == 0 && (last || *n == 0))
		return true;
	if (!f->buf)
		f->buf = malloc(PARTS_MAX);
	if (!f->buf)
		return false;
	memcpy(f->buf + t->at + t->have, *p, *n);
	t->have = (uint16_t)(t->have + *n);
	if (last) {
		*p = f->buf + t->at;
		*n = t->have;
		t->have = 0;
	}
	return true;
}

framing_result framing_no_memory(feeder *to)
{
	to->why = "no memory";
	return FRAMING_BROKEN;
}

framing_result framing_body(framing *f, uint8_t *p, size_t n, feeder *to)
{
	bool last = f->left == 0;

	if (!framing_join(f, &f->data, &p, &n, last))
		return framing_no_memory(to);
	if (last && n > 0)
		to->ev->datagram(to->ev->ctx, p, n);
	return FRAMING_OK;
}
