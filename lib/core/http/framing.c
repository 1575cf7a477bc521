/* SPDX-License-Identifier: MIT */
#include "core/http/framing_priv.h"
#include <assert.h>
#include <limits.h>
#include <stdlib.h>

/* A multiplexer holds ten thousand that are idle. */
static_assert(sizeof(framing) <= 256, "an idle tunnel is small");

framing *framing_new(framing_kind kind, framing_end end)
{
	static const framing_ops *const ops[] = {
		[FRAMING_CAPSULE] = &framing_capsule,
		[FRAMING_WEBSOCKET] = &framing_ws,
		[FRAMING_PREFIX] = &framing_prefix,
	};
	framing *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->ops = ops[kind];
	f->end = end;
	f->ws.control.at = FRAMING_DATAGRAM_MAX;
	return f;
}

void framing_free(framing *f)
{
	if (!f)
		return;
	free(f->buf);
	free(f);
}

/* A body or what is skipped: as much of it as is there. */
static framing_result take(framing *f, wire_rd *r, uint8_t *p, feeder *to)
{
	size_t here = wire_left(r), n = f->left < here ? (size_t)f->left : here;
	bool body = f->stage == STAGE_BODY;

	wire_take(r, n);
	f->left -= n;
	if (f->left == 0)
		f->stage = STAGE_HEAD;
	return body ? f->ops->body(f, p, n, to) : FRAMING_OK;
}

/* The octets kept of a cut head and those that came now, as far as a head may go. */
static int read_cut_head(framing *f, wire_rd *r, feeder *to)
{
	size_t kept = f->head_n, room = sizeof f->head - kept;
	size_t n = wire_left(r) < room ? wire_left(r) : room;

	memcpy(f->head + kept, r->p, n);
	wire_rd head = wire_reader(f->head, kept + n);
	int got = f->ops->head(f, &head, to);
	if (got <= 0) {
		f->head_n = (uint8_t)(kept + n);
		wire_take(r, n);
		return got;
	}
	wire_take(r, (size_t)(head.p - f->head) - kept);
	f->head_n = 0;
	return 1;
}

static int read_head(framing *f, wire_rd *r, feeder *to)
{
	if (f->head_n > 0)
		return read_cut_head(f, r, to);
	int got = f->ops->head(f, r, to);

	return got == 0 ? read_cut_head(f, r, to) : got;
}

static bool may_read_on(const framing *f, const wire_rd *r, unsigned heads)
{
	return wire_left(r) > 0 && (heads > 0 || f->stage != STAGE_HEAD);
}

framing_result framing_feed_some(framing *f, uint8_t *p, size_t n, unsigned *heads, size_t *used,
				 const framing_events *ev, const char **why)
{
	wire_rd r = wire_reader(p, n);
	feeder to = { .ev = ev };
	framing_result res = FRAMING_OK;

	while (res == FRAMING_OK && may_read_on(f, &r, *heads)) {
		bool is_head = f->stage == STAGE_HEAD;
		int got = is_head ? read_head(f, &r, &to) : 1;
		*heads -= is_head && got > 0;
		if (got < 0)
			res = FRAMING_BROKEN;
		else if (got > 0)
			res = take(f, &r, p + (n - wire_left(&r)), &to);
	}
	if (f->buf && f->data.have == 0 && f->ws.control.have == 0) {
		free(f->buf);
		f->buf = NULL;
	}
	*used = n - wire_left(&r);
	if (res == FRAMING_BROKEN)
		*why = to.why;
	return res;
}

framing_result framing_feed(framing *f, uint8_t *p, size_t n, const framing_events *ev,
			    const char **why)
{
	unsigned heads = UINT_MAX;
	size_t used;

	return framing_feed_some(f, p, n, &heads, &used, ev, why);
}

size_t framing_put(framing *f, const uint8_t *p, size_t n, uint8_t *out)
{
	return f->ops->put(f, p, n, out);
}

size_t framing_close(framing *f, uint16_t code, uint8_t out[FRAMING_OVERHEAD])
{
	return f->ops->close ? f->ops->close(f, code, out) : 0;
}
