/* SPDX-License-Identifier: MIT */
/* muxworld_session.h - what a client of plain requests asks, and what it reads. */
#ifndef HW_TESTS_SIM_MUXWORLD_SESSION_H
#define HW_TESTS_SIM_MUXWORLD_SESSION_H

#include "muxworld.h"
#include <stdio.h>

#define UP(length)                                                                                 \
	"POST /homeward/home/" MW_SESSION "/up HTTP/1.1\r\nHost: a\r\nContent-Length: " length     \
	"\r\n\r\n"
#define DOWN_KEEP                                                                                  \
	"GET /homeward/home/" MW_SESSION                                                           \
	"/down HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
#define DOWN(query, version)                                                                       \
	"GET /homeward/home/" MW_SESSION "/down" query " HTTP/" version "\r\nHost: a\r\n\r\n"

static inline mw_link *ask(muxworld *w, const char *text)
{
	mw_link *l = mw_connect(w, MUX_CONN_HTTP, mw_client(1));

	mw_say_text(l, text);
	return l;
}

static inline mw_link *hold(muxworld *w)
{
	mw_link *l = ask(w, DOWN("", "1.1"));

	mw_expect(l, "HTTP/1.1 200 OK\r\n");
	mw_forget(l);
	return l;
}

/* Undoes the chunks; returns the datagrams in them. *ended: the last chunk is there. */
static inline unsigned unchunk(const mw_link *l, bool *ended)
{
	uint8_t *body = test_malloc(MW_OUT);
	size_t n = 0, at = 0;
	unsigned len = 1;

	while (at < l->out_n && len > 0) {
		int used = 0;
		assert_int_equal(sscanf((const char *)l->out + at, "%x\r\n%n", &len, &used), 1);
		memcpy(body + n, l->out + at + used, len);
		n += len;
		at += (size_t)used + len + (len ? 2 : 0);
	}
	*ended = len == 0;
	unsigned count = mw_unframe(FRAMING_PREFIX, body, n);
	test_free(body);
	return count;
}

#endif
