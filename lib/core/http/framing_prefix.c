/* SPDX-License-Identifier: MIT */
/* framing_prefix.c - datagrams behind 16-bit lengths: docs/protocol.md, plain requests. */
#include "core/http/framing_priv.h"

static int prefix_head(framing *f, wire_rd *r, feeder *to)
{
	if (wire_left(r) < 2)
		return 0;
	f->left = wire_u16(r);
	f->stage = STAGE_BODY; /* of length 0: a filler, and no datagram */
	if (f->left <= FRAMING_DATAGRAM_MAX)
		return 1;
	to->why = "a datagram that is too long";
	return -1;
}

static size_t prefix_put(framing *f, const uint8_t *p, size_t n, uint8_t *out)
{
	(void)f;
	store_be16(out, (uint16_t)n);
	memcpy(out + 2, p, n);
	return n + 2;
}

const framing_ops framing_prefix = {
	.head = prefix_head,
	.body = framing_body,
	.put = prefix_put,
};
