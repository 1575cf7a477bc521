/* SPDX-License-Identifier: MIT */
/* answer.h - the answers of an unremarkable web server (RFC 9110 15). */
#ifndef HW_CORE_MUX_ANSWER_H
#define HW_CORE_MUX_ANSWER_H

#include "core/mux/request.h"

enum { MUX_ANSWER_MAX = 1024 };

typedef struct mux_answer {
	unsigned status;
	mux_request_kind kind; /* of what was asked */
	const char *allow;     /* for 405 */
	bool head_only;        /* the request was a HEAD */
	bool close;            /* the connection's last answer */
	uint64_t unix_s;       /* the time, for Date */
} mux_answer;

const char *mux_answer_reason(unsigned status); /* "Not Found" */
size_t mux_answer_put(const mux_answer *a, char out[MUX_ANSWER_MAX]);
/* The head of an answer whose body is a stream of datagrams; chunked, or until the connection ends. */
size_t mux_answer_stream_head(bool chunked, uint64_t unix_s, char out[MUX_ANSWER_MAX]);
/* The same two as a FastCGI responder gives them (RFC 3875 6). */
size_t mux_answer_put_cgi(const mux_answer *a, char out[MUX_ANSWER_MAX]);
size_t mux_answer_stream_head_cgi(char out[MUX_ANSWER_MAX]);

#endif
