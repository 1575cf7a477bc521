/* SPDX-License-Identifier: MIT */
/* http.c - http.h over llhttp.
 *
 * Theory of operation: what llhttp tolerates for the sake of old peers is refused before it gets there: a scanner
 * (http_scan.c) walks over the octets of a head and finds its end, and a complete head is checked (http_head.c). llhttp gets a head up to there,
 * and the body afterwards, so that each call is about one of the two. At the end of a message llhttp is
 * paused and initialised again: nothing of one message is left for the next. */
#include "core/http/http_head.h"
#include "core/http/http_scan.h"
#include <llhttp.h>
#include <stdlib.h>

enum { BLANK_MAX = 8, EXTENSIONS_MAX = 1024 };
enum { EXPECT_ANY, EXPECT_NO_BODY, EXPECT_TUNNEL };

typedef enum head_part { PART_LINE, PART_NAME, PART_VALUE } head_part;

struct http_parser {
	llhttp_t ll;
	http_events ev;
	http_side side;
	http_head *head;
	uint64_t body_max, body_max_all, body_n;
	http_scan scan;
	size_t blank_n;
	size_t extra_n; /* chunk extensions and trailers */
	uint8_t part, expect;
	bool in_body;
	bool ended, stop,
		over; /* this message; the parser; the connection (after the last message) */
	bool feeding, dead;
	unsigned refuse;
	const char *why;
};

static http_parser *parser_of(llhttp_t *ll)
{
	return ll->data;
}

static int refuse(http_parser *p, unsigned status, const char *why)
{
	if (!p->refuse) {
		p->refuse = status;
		p->why = why;
	}
	return HPE_USER;
}

static int put(http_parser *p, const char *at, size_t n)
{
	return http_head_put(p->head, at, n) ? 0 : refuse(p, 431, "a head that is too long");
}

static int end_string(http_parser *p)
{
	return http_head_end_string(p->head) ? 0 : refuse(p, 431, "a head that is too long");
}

static int on_line(llhttp_t *ll, const char *at, size_t n)
{
	return put(parser_of(ll), at, n);
}

static int trailer(http_parser *p, size_t n)
{
	p->extra_n += n;
	return p->extra_n <= EXTENSIONS_MAX ? 0 : refuse(p, 431, "trailers that are too long");
}

static int on_extension(llhttp_t *ll, const char *at, size_t n)
{
	http_parser *p = parser_of(ll);

	(void)at;
	p->extra_n += n;
	return p->extra_n <= EXTENSIONS_MAX ? 0
					    : refuse(p, 400, "chunk extensions that are too long");
}

static int begin_field(http_parser *p)
{
	http_head *h = p->head;

	if (end_string(p))
		return HPE_USER;
	if (h->n_fields == HTTP_FIELDS)
		return refuse(p, 431, "too many fields");
	h->name[h->n_fields++] = (uint16_t)h->n;
	p->part = PART_NAME;
	return 0;
}

static int on_name(llhttp_t *ll, const char *at, size_t n)
{
	http_parser *p = parser_of(ll);

	if (p->in_body)
		return trailer(p, n);
	if ((p->part != PART_NAME && begin_field(p)) || put(p, at, n))
		return HPE_USER;
	http_head_lower(p->head->text + p->head->n - n, n);
	return 0;
}

static int on_name_end(llhttp_t *ll)
{
	http_parser *p = parser_of(ll);
	http_head *h = p->head;

	if (p->in_body)
		return 0;
	if (p->part != PART_NAME || end_string(p))
		return refuse(p, 400, "a field without a name");
	if (strpbrk(h->text + h->name[h->n_fields - 1], "\"(),/:;<=>?@[\\]{} \t"))
		return refuse(p, 400, "a field's name that is not a token");
	h->value[h->n_fields - 1] = (uint16_t)h->n;
	p->part = PART_VALUE;
	return 0;
}

static int on_value(llhttp_t *ll, const char *at, size_t n)
{
	http_parser *p = parser_of(ll);

	return p->in_body ? trailer(p, n) : put(p, at, n);
}

static void take_head(http_parser *p)
{
	http_head *h = p->head;

	h->minor = p->ll.http_minor;
	h->status = p->ll.status_code;
	h->keep_alive = p->expect == EXPECT_NO_BODY
				? h->minor > 0 && !(p->ll.flags & F_CONNECTION_CLOSE)
				: llhttp_should_keep_alive(&p->ll);
	if (p->side == HTTP_REQUESTS)
		h->method = llhttp_method_name((llhttp_method_t)p->ll.method);
}

/* Tells llhttp whether the message has a body; stops after an upgrade. */
static int choose_body(http_parser *p)
{
	unsigned status = p->head->status;
	int expect = p->expect;

	if (p->side == HTTP_REQUESTS) {
		p->ll.upgrade = 0;
		return 0;
	}
	if (status / 100 == 1 && status != 101)
		return 0;
	p->expect = EXPECT_ANY;
	if (status == 101 || (expect == EXPECT_TUNNEL && status / 100 == 2)) {
		p->stop = true;
		return HPE_PAUSED;
	}
	p->ll.upgrade = 0;
	return expect == EXPECT_NO_BODY;
}

static int on_head(llhttp_t *ll)
{
	http_parser *p = parser_of(ll);

	if (p->in_body)
		return 0;
	if (end_string(p))
		return HPE_USER;
	take_head(p);
	const char *why = NULL;
	unsigned status = http_head_check(p->head, p->side, p->ll.http_major, &why);
	if (status)
		return refuse(p, status, why);
	p->in_body = true;
	p->body_max = p->body_max_all;
	p->stop = !p->ev.head(p->ev.ctx, p->head);
	if (p->dead || p->stop)
		return HPE_PAUSED;
	if ((ll->flags & F_CONTENT_LENGTH) && ll->content_length > p->body_max)
		return refuse(p, 413, "a body that is too long");
	return choose_body(p);
}

static int on_body(llhttp_t *ll, const char *at, size_t n)
{
	http_parser *p = parser_of(ll);

	if (n > p->body_max - p->body_n)
		return refuse(p, 413, "a body that is too long");
	p->body_n += n;
	if (p->ev.body)
		p->ev.body(p->ev.ctx, (uint8_t *)(uintptr_t)at, n);
	return p->dead ? HPE_USER : 0;
}

static int on_end(llhttp_t *ll)
{
	http_parser *p = parser_of(ll);

	if (p->stop)
		return 0;
	p->ended = true;
	p->over = !p->head->keep_alive;
	if (p->ev.end)
		p->ev.end(p->ev.ctx);
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_line,
	.on_status = on_line,
	.on_header_field = on_name,
	.on_header_field_complete = on_name_end,
	.on_header_value = on_value,
	.on_headers_complete = on_head,
	.on_body = on_body,
	.on_message_complete = on_end,
	.on_chunk_extension_name = on_extension,
	.on_chunk_extension_value = on_extension,
};

static void begin_message(http_parser *p)
{
	llhttp_init(&p->ll, p->side == HTTP_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
	p->ll.data = p;
	p->scan = (http_scan){ .side = p->side };
	p->blank_n = p->extra_n = 0;
	p->body_n = 0;
	p->part = PART_LINE;
	p->in_body = p->ended = false;
}

http_parser *http_parser_new(http_side side, const http_events *ev)
{
	http_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->side = side;
	p->ev = *ev;
	p->body_max = p->body_max_all = UINT64_MAX;
	begin_message(p);
	return p;
}

void http_parser_free(http_parser *p)
{
	if (!p)
		return;
	p->dead = true;
	if (p->feeding)
		return;
	http_head_free(p->head);
	free(p);
}

static void refuse_error(http_parser *p, llhttp_errno_t why)
{
	bool version = why == HPE_INVALID_VERSION || why == HPE_PAUSED_H2_UPGRADE;
	const char *reason = llhttp_get_error_reason(&p->ll);

	refuse(p, version ? 505 : 400, reason && *reason ? reason : "malformed");
}

/* Returns how much of it belongs to this message. */
static size_t execute(http_parser *p, const uint8_t *data, size_t n)
{
	llhttp_errno_t why = llhttp_execute(&p->ll, (const char *)data, n);

	if (why == HPE_OK || p->dead)
		return n;
	if (why == HPE_PAUSED)
		return (size_t)((const uint8_t *)llhttp_get_error_pos(&p->ll) - data);
	refuse_error(p, why);
	return n;
}

/* How many of these octets belong to the head; *whole: they complete it. */
static size_t scan(http_parser *p, const uint8_t *data, size_t n, bool *whole)
{
	size_t used = http_scan_some(&p->scan, data, n, whole);

	if (p->scan.refuse)
		refuse(p, p->scan.refuse, p->scan.why);
	return used;
}

static bool make_head(http_parser *p)
{
	http_head_free(p->head);
	p->head = http_head_new();
	if (!p->head)
		refuse(p, 431, "no memory");
	return p->head != NULL;
}

static size_t feed_head(http_parser *p, const uint8_t *data, size_t n)
{
	bool whole = false;

	if (p->scan.head_n == 0) {
		if (*data == '\r' || *data == '\n') { /* RFC 9112 2.2 */
			if (++p->blank_n > BLANK_MAX)
				refuse(p, 400, "nothing but empty lines");
			return 1;
		}
		if (!make_head(p))
			return 0;
	}
	size_t used = scan(p, data, n, &whole);
	if (p->refuse)
		return used;
	execute(p, data, used);
	if (whole && !p->in_body && !p->refuse && !p->dead)
		refuse(p, 400, "malformed");
	return used;
}

static bool can_go_on(const http_parser *p)
{
	return !p->dead && !p->stop && !p->over && !p->refuse;
}

http_result http_feed(http_parser *p, uint8_t *data, size_t n)
{
	http_result r = { 0 };

	p->feeding = true;
	while (r.used < n && can_go_on(p)) {
		if (p->in_body)
			r.used += execute(p, data + r.used, n - r.used);
		else
			r.used += feed_head(p, data + r.used, n - r.used);
		if (p->ended && !p->dead)
			begin_message(p);
	}
	p->feeding = false;
	if (p->dead) {
		http_parser_free(p);
		return r;
	}
	r.refuse = p->refuse;
	r.why = p->why;
	r.upgraded = p->stop;
	return r;
}

void http_expect(http_parser *p, bool connect)
{
	p->expect = connect ? EXPECT_TUNNEL : EXPECT_NO_BODY;
}

void http_body_max(http_parser *p, uint64_t octets)
{
	if (p->in_body)
		p->body_max = octets;
	else
		p->body_max_all = octets;
}

bool http_in_message(const http_parser *p)
{
	return p->scan.head_n > 0;
}
