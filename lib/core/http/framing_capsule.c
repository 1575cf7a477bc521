/* SPDX-License-Identifier: MIT */
/* framing_capsule.c - datagrams in capsules: RFC 9297, RFC 9298. */
#include "core/http/framing_priv.h"

/* Behind the head of a DATAGRAM: its context identifier, which must lie in the capsule. */
static int context_get(framing *f, wire_rd *r, uint64_t len, feeder *to)
{
	size_t id_len = wire_left(r) ? varint_len(*r->p) : 1;

	if (len < id_len) {
		to->why = "a DATAGRAM capsule without a whole context identifier";
		return -1;
	}
	uint64_t id = varint_get(r);
	if (r->bad)
		return 0;
	f->left = len - id_len;
	/* RFC 9298 4: what has a context nobody registered may be dropped (test:
	 * other_contexts_are_dropped). */
	bool ours = id == CAPSULE_CONTEXT_UDP && f->left <= FRAMING_DATAGRAM_MAX;
	f->stage = ours ? STAGE_BODY : STAGE_SKIP;
	return 1;
}

static int capsule_head_read(framing *f, wire_rd *r, feeder *to)
{
	wire_rd at = *r;
	capsule_head h;
	int got = capsule_head_get(&at, &h);

	if (got > 0 && h.type == CAPSULE_DATAGRAM) {
		got = context_get(f, &at, h.len, to);
	} else if (got >
		   0) { /* RFC 9297 3.2: MUST be skipped (test: unknown_capsules_are_skipped) */
		f->stage = STAGE_SKIP;
		f->left = h.len;
	}
	if (got > 0)
		*r = at;
	return got;
}

static size_t capsule_put(framing *f, const uint8_t *p, size_t n, uint8_t *out)
{
	wire_wr w = wire_writer(out, n + FRAMING_OVERHEAD);

	(void)f;

	capsule_datagram_put(&w, n);
	wire_put(&w, p, n);
	return wire_len(&w);
}

const framing_ops framing_capsule = {
	.head = capsule_head_read,
	.body = framing_body,
	.put = capsule_put,
};
