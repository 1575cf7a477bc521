/* SPDX-License-Identifier: MIT */
#include "core/mux/fcgi_record.h"

#include "core/mux/answer.h"

static bool must_be_whole(const fcgi_head *h)
{
	return h->type == FCGI_BEGIN_REQUEST || h->request == 0;
}

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

static mux_fcgi_event give(const mux_fcgi_reader *r, mux_fcgi_event e, uint8_t *p, size_t n,
			   mux_fcgi_piece *out)
{
	*out = (mux_fcgi_piece){ .type = r->head.type, .request = r->head.request, .p = p, .n = n };
	return e;
}

static mux_fcgi_event give_whole(mux_fcgi_reader *r, mux_fcgi_piece *out)
{
	r->small_n = 0;
	return give(r, MUX_FCGI_WHOLE, r->small, r->head.len, out);
}

static mux_fcgi_event read_head(mux_fcgi_reader *r, const uint8_t *p, size_t n, mux_fcgi_piece *out)
{
	memcpy(r->small + r->small_n, p, n);
	r->small_n += n;
	if (r->small_n < FCGI_HEAD_LEN)
		return MUX_FCGI_MORE;
	wire_rd rd = wire_reader(r->small, FCGI_HEAD_LEN);
	r->small_n = 0;
	if (fcgi_head_get(&rd, &r->head) != 1)
		return MUX_FCGI_BROKEN;
	if (must_be_whole(&r->head) && r->head.len > MUX_FCGI_WHOLE_MAX)
		return MUX_FCGI_BROKEN;
	r->left = r->head.len;
	r->padding = r->head.padding;
	if (r->left > 0)
		return MUX_FCGI_MORE;
	return must_be_whole(&r->head) ? give_whole(r, out) : give(r, MUX_FCGI_EMPTY, NULL, 0, out);
}

static mux_fcgi_event read_content(mux_fcgi_reader *r, uint8_t *p, size_t n, mux_fcgi_piece *out)
{
	r->left -= n;
	if (!must_be_whole(&r->head))
		return give(r, MUX_FCGI_CONTENT, p, n, out);
	memcpy(r->small + r->small_n, p, n);
	r->small_n += n;
	return r->left == 0 ? give_whole(r, out) : MUX_FCGI_MORE;
}

/* The content of a record, the padding behind it, the next head. */
mux_fcgi_event mux_fcgi_read(mux_fcgi_reader *r, uint8_t **p, size_t *n, mux_fcgi_piece *out)
{
	mux_fcgi_event e = MUX_FCGI_MORE;

	while (*n > 0 && e == MUX_FCGI_MORE) {
		uint8_t *at = *p;
		size_t used;
		if (r->left > 0) {
			used = at_most(*n, r->left);
			e = read_content(r, at, used, out);
		} else if (r->padding > 0) {
			used = at_most(*n, r->padding);
			r->padding = (uint8_t)(r->padding - used);
		} else {
			used = at_most(*n, FCGI_HEAD_LEN - r->small_n);
			e = read_head(r, at, used, out);
		}
		*p += used;
		*n -= used;
	}
	return e;
}

void mux_fcgi_put_head(uint8_t out[FCGI_HEAD_LEN], uint8_t type, uint16_t request, size_t n)
{
	const fcgi_head h = { .type = type, .request = request, .len = (uint16_t)n };
	wire_wr w = wire_writer(out, FCGI_HEAD_LEN);

	fcgi_head_put(&w, &h);
}

void mux_fcgi_put(const mux_env *env, void *link, uint8_t type, uint16_t request,
		  const void *content, size_t n)
{
	uint8_t out[FCGI_HEAD_LEN + MUX_ANSWER_MAX];

	mux_fcgi_put_head(out, type, request, n);
	if (n > 0)
		memcpy(out + FCGI_HEAD_LEN, content, n);
	env->write(link, out, FCGI_HEAD_LEN + n);
}

void mux_fcgi_put_end(const mux_env *env, void *link, uint16_t request, uint8_t protocol_status)
{
	uint8_t out[2 * FCGI_HEAD_LEN];
	wire_wr w = wire_writer(out, sizeof out);

	fcgi_end_put(&w, request, 0, protocol_status);
	env->write(link, out, wire_len(&w));
}
