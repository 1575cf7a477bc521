/* SPDX-License-Identifier: MIT */
/* answer.h - the answers of a dull web server (RFC 9110 15). */
#ifndef HW_MUX_ANSWER_H
#define HW_MUX_ANSWER_H

#include "request.h"

enum { ANSWER_MAX = 1024 };

typedef struct answer {
	unsigned status;
	request_kind kind; /* of what was asked */
	const char *allow; /* for 405 */
	bool head_only;    /* the request was a HEAD */
	bool close;        /* the connection's last answer */
	uint64_t unix_s;   /* the time, for Date */
} answer;

const char *answer_reason(unsigned status); /* "Not Found" */
size_t answer_put(const answer *a, char out[ANSWER_MAX]);
/* The head of an answer whose body is a stream of datagrams; chunked, or until the connection ends. */
size_t answer_stream_head(bool chunked, uint64_t unix_s, char out[ANSWER_MAX]);
/* The same two as FastCGI wants them (RFC 3875 6). */
size_t answer_put_cgi(const answer *a, char out[ANSWER_MAX]);
size_t answer_stream_head_cgi(char out[ANSWER_MAX]);

#endif
