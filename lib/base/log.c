/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const level_name[] = { "error", "warn", "info", "debug" };
_Static_assert(sizeof level_name / sizeof level_name[0] == LOG_N_LEVELS, "name every log_level");

/* One write() per line, so that lines of several processes do not mix. A failure cannot be reported. */
static void write_line(const char *prefix, const char *text)
{
	char line[LOG_LINE_MAX + 32];
	int n = snprintf(line, sizeof line, "%s%s\n", prefix, text);
	size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
	ssize_t put = write(STDERR_FILENO, line, len);

	(void)put;
}

static void to_terminal(void *ctx, log_level level, const char *text)
{
	(void)ctx;
	char prefix[16];
	snprintf(prefix, sizeof prefix, "%s ", level_name[level]);
	write_line(prefix, text);
}

static void to_journal(void *ctx, log_level level, const char *text)
{
	static const char *const priority[LOG_N_LEVELS] = { "<3>", "<4>", "<6>", "<7>" };

	(void)ctx;
	write_line(priority[level], text);
}

/* systemd.exec(5): JOURNAL_STREAM is DEVICE:INODE, and inherited: it need not be about our stderr. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	char *end;
	unsigned long long dev = strtoull(stream, &end, 10);
	return *end == ':' && dev == st.st_dev && strtoull(end + 1, NULL, 10) == st.st_ino;
}

logger log_to_stderr(log_level level)
{
	return (logger){ level, stderr_is_journal() ? to_journal : to_terminal, NULL };
}

bool log_level_parse(const char *name, log_level *out)
{
	for (int i = 0; i < LOG_N_LEVELS; i++) {
		if (strcasecmp(name, level_name[i]) == 0) {
			*out = (log_level)i;
			return true;
		}
	}
	return false;
}

/* Escapes the backslash too, so that text from outside cannot imitate an escape. */
static void escape(char out[LOG_LINE_MAX + 1], const char *text, bool cut)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text && n + 4 + 3 <= LOG_LINE_MAX; text++) {
		unsigned char c = (unsigned char)*text;
		if (c >= ' ' && c <= '~' && c != '\\') {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = digit[c >> 4];
		out[n++] = digit[c & 15];
	}
	strcpy(out + n, cut || *text ? "..." : "");
}

void log_line(const logger *l, log_level level, const char *fmt, ...)
{
	if (!l || !l->line || level > l->level)
		return;
	char text[LOG_LINE_MAX + 1], clean[LOG_LINE_MAX + 1];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	escape(clean, text, (size_t)n >= sizeof text);
	l->line(l->ctx, level, clean);
}

bool rate_take(rate_limit *r, uint64_t now_ms)
{
	uint64_t full = (uint64_t)r->burst * 1000;
	uint64_t gone = now_ms + 1 > r->last_ms ? now_ms + 1 - r->last_ms : 0;
	/* A token is 1,000 of these, and per_s of these come each millisecond. */
	bool fresh = r->last_ms == 0;

	if (fresh || (r->per_s && gone >= full / r->per_s + 1))
		r->tokens_milli = full;
	else
		r->tokens_milli += gone * r->per_s;
	if (r->tokens_milli > full)
		r->tokens_milli = full;
	if (gone || fresh)
		r->last_ms = now_ms + 1;
	if (r->tokens_milli < 1000) {
		r->refused++;
		return false;
	}
	r->tokens_milli -= 1000;
	return true;
}
