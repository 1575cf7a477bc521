/* SPDX-License-Identifier: MIT */
/* muxworld_fcgi.h - what a web server says by FastCGI, and what it reads. */
#ifndef HW_TESTS_SIM_MUXWORLD_FCGI_H
#define HW_TESTS_SIM_MUXWORLD_FCGI_H

#include "muxworld.h"
#include "proto/fcgi.h"

enum { MF_RECORD_MAX = 4096, MF_RESPONDER = 1 };

#define DOWN "/homeward/home/" MW_SESSION "/down"
#define UP   "/homeward/home/" MW_SESSION "/up"

static inline mw_link *open_link(muxworld *w)
{
	return mw_connect(w, MUX_CONN_FCGI, ip4(127, 0, 0, 1));
}

static inline void put(wire_wr *w, uint8_t type, uint16_t id, const void *p, size_t n)
{
	const fcgi_head h = { .type = type, .request = id, .len = (uint16_t)n, .padding = 3 };

	fcgi_head_put(w, &h);
	if (n > 0)
		wire_put(w, p, n);
	wire_put(w, "pad", 3);
}

static inline void say(mw_link *l, uint8_t type, uint16_t id, const void *p, size_t n)
{
	uint8_t out[MF_RECORD_MAX];
	wire_wr w = wire_writer(out, sizeof out);

	put(&w, type, id, p, n);
	assert_false(w.bad);
	mw_say(l, out, wire_len(&w));
}

static inline void begin(mw_link *l, uint16_t id, uint8_t flags)
{
	const uint8_t body[8] = { 0, MF_RESPONDER, flags };

	say(l, FCGI_BEGIN_REQUEST, id, body, sizeof body);
}

static inline wire_bytes text_of(const char *text)
{
	return (wire_bytes){ (const uint8_t *)text, strlen(text) };
}

static inline void params(mw_link *l, uint16_t id, const char *method, const char *uri,
			  const char *from)
{
	uint8_t out[1024];
	wire_wr w = wire_writer(out, sizeof out);

	fcgi_pair_put(&w, text_of("REQUEST_METHOD"), text_of(method));
	fcgi_pair_put(&w, text_of("REQUEST_URI"), text_of(uri));
	fcgi_pair_put(&w, text_of("REMOTE_ADDR"), text_of(from));
	say(l, FCGI_PARAMS, id, out, wire_len(&w));
	say(l, FCGI_PARAMS, id, NULL, 0);
}

static inline void ask(mw_link *l, uint16_t id, uint8_t flags, const char *method, const char *uri)
{
	begin(l, id, flags);
	params(l, id, method, uri, "198.51.100.1");
}

/* What the STDOUT of a request has, as a string; *ended: with its END_REQUEST. */
static inline size_t stdout_of(const mw_link *l, uint16_t id, char *out, bool *ended)
{
	wire_rd r = wire_reader(l->out, l->out_n);
	fcgi_head h;
	size_t n = 0;

	*ended = false;
	while (fcgi_head_get(&r, &h) == 1) {
		const uint8_t *p = wire_take(&r, h.len);
		if (h.request != id)
			continue;
		assert_false(*ended);
		if (h.type == FCGI_STDOUT && h.len > 0)
			memcpy(out + n, p, h.len);
		n += h.type == FCGI_STDOUT ? h.len : 0;
		*ended = h.type == FCGI_END_REQUEST;
	}
	assert_true(wire_done(&r));
	out[n] = '\0';
	return n;
}

/* FastCGI 6.2: a stream ends with an empty record. */
static inline unsigned ends_of_stdout(const mw_link *l, uint16_t id)
{
	wire_rd r = wire_reader(l->out, l->out_n);
	fcgi_head h;
	unsigned n = 0;

	while (fcgi_head_get(&r, &h) == 1) {
		wire_take(&r, h.len);
		n += h.request == id && h.type == FCGI_STDOUT && h.len == 0;
	}
	return n;
}

static inline void expect_status(const mw_link *l, uint16_t id, const char *status)
{
	static char out[MW_OUT];
	bool ended;

	stdout_of(l, id, out, &ended);
	if (!ended || strncmp(out, status, strlen(status)) != 0)
		fail_msg("'%s' instead of '%s'%s", out, status, ended ? "" : ", and it goes on");
}

static inline unsigned datagrams_of(const mw_link *l, uint16_t id, bool *ended)
{
	static char out[MW_OUT];
	size_t n = stdout_of(l, id, out, ended);
	char *body = strstr(out, "\r\n\r\n");

	assert_non_null(body);
	body += 4;
	return mw_unframe(FRAMING_PREFIX, (uint8_t *)body, n - (size_t)(body - out));
}

static inline void check_ends_after(mw_link *l, uint64_t ms)
{
	mw_pass(l->w, ms - 1);
	assert_non_null(l->conn);
	mw_pass(l->w, 1);
	assert_true(l->finished);
	assert_int_equal(mux_core_counts(l->w->core).timeouts, 1);
}

#endif
