/* SPDX-License-Identifier: MIT */
#include "core/http/http_head.h"
#include <stdlib.h>
#include <strings.h>

http_head *http_head_new(void)
{
	return calloc(1, sizeof(http_head));
}

void http_head_free(http_head *h)
{
	if (!h)
		return;
	free(h->text);
	free(h);
}

/* The caller has made sure that it is bounded. */
static bool grow(http_head *h, size_t n)
{
	size_t room = h->room ? h->room : 512;

	while (room < h->n + n)
		room *= 2;
	if (room == h->room)
		return true;
	char *text = realloc(h->text, room);
	if (!text)
		return false;
	h->text = text;
	h->room = room;
	return true;
}

bool http_head_put(http_head *h, const char *p, size_t n)
{
	if (n > HEAD_TEXT_MAX - h->n || !grow(h, n))
		return false;
	memcpy(h->text + h->n, p, n);
	h->n += n;
	return true;
}

bool http_head_end_string(http_head *h)
{
	while (h->n && (h->text[h->n - 1] == ' ' || h->text[h->n - 1] == '\t'))
		h->n--;
	return http_head_put(h, "", 1);
}

void http_head_lower(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
}

const char *http_method(const http_head *h)
{
	return h->method;
}

const char *http_target(const http_head *h)
{
	return h->text;
}

unsigned http_status(const http_head *h)
{
	return h->status;
}

const char *http_reason(const http_head *h)
{
	return h->text;
}

const char *http_next(const http_head *h, const char *name, unsigned *at)
{
	while (*at < h->n_fields) {
		unsigned i = (*at)++;
		if (strcasecmp(h->text + h->name[i], name) == 0)
			return h->text + h->value[i];
	}
	return NULL;
}

const char *http_get(const http_head *h, const char *name)
{
	unsigned at = 0;

	return http_next(h, name, &at);
}

static bool list_has(const char *list, const char *token)
{
	size_t n = strlen(token);

	while (*list) {
		list += strspn(list, " \t,");
		size_t item = strcspn(list, " \t,");
		if (item == n && n && strncasecmp(list, token, n) == 0)
			return true;
		list += item;
	}
	return false;
}

bool http_has_token(const http_head *h, const char *name, const char *token)
{
	const char *value;

	for (unsigned at = 0; (value = http_next(h, name, &at));)
		if (list_has(value, token))
			return true;
	return false;
}

bool http_keep_alive(const http_head *h)
{
	return h->keep_alive;
}

unsigned http_minor(const http_head *h)
{
	return h->minor;
}

/* --- what a head may be --- */

static unsigned refuse(unsigned status, const char *text, const char **why)
{
	*why = text;
	return status;
}

/* RFC 9112 6.1: chunked, once and last, or nothing that can be undone here. */
static unsigned check_coding(http_head *h, const char **why)
{
	unsigned at = 0;
	const char *value = http_next(h, "transfer-encoding", &at);

	if (!value)
		return 0;
	if (h->minor == 0)
		return refuse(400, "a transfer coding in HTTP/1.0", why);
	http_head_lower(h->text + (value - h->text), strlen(value));
	if (strcmp(value, "chunked") != 0)
		return refuse(501, "an unknown transfer coding", why);
	if (http_next(h, "transfer-encoding", &at))
		return refuse(400, "two transfer codings", why);
	return 0;
}

/* RFC 9112 3.2 */
static bool has_right_host(const http_head *h)
{
	unsigned at = 0, hosts = 0;

	while (http_next(h, "host", &at))
		hosts++;
	return hosts == 1 || (hosts == 0 && h->minor == 0);
}

unsigned http_head_check(http_head *h, http_side side, unsigned major, const char **why)
{
	if (major != 1)
		return refuse(505, "another version of HTTP", why);
	if (side == HTTP_REQUESTS && !has_right_host(h))
		return refuse(400, "not exactly one Host field", why);
	if (side == HTTP_REQUESTS && strlen(h->text) > HTTP_TARGET_MAX)
		return refuse(414, "a request target that is too long", why);
	return check_coding(h, why);
}
