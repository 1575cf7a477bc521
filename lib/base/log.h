/* SPDX-License-Identifier: MIT */
/* log.h - one line per event. A logger is a value that main makes and passes on; there is no global.
 * Lines that unauthenticated packets can cause are rate-limited by the caller (rate_limit). Secrets are never logged. */
#ifndef HW_BASE_LOG_H
#define HW_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_N_LEVELS } log_level;

typedef struct logger {
	log_level level;                                            /* lines above it are dropped */
	void (*line)(void *ctx, log_level level, const char *text); /* NULL: nowhere */
	void *ctx;
} logger;

/* A logger that writes "LEVEL text\n" to stderr (systemd's <N> prefixes when JOURNAL_STREAM is
 * set). */
logger log_to_stderr(log_level level);
bool log_level_parse(const char *name, log_level *out); /* error, warn, info, debug */

/* Text may come from outside: all but printable ASCII becomes \\xNN, and a line is cut after LOG_LINE_MAX
 * characters (then it ends in "..."). */
#define LOG_LINE_MAX 1000
void log_line(const logger *l, log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define log_error(l, ...) log_line((l), LOG_ERROR, __VA_ARGS__)
#define log_warn(l, ...)  log_line((l), LOG_WARN, __VA_ARGS__)
#define log_info(l, ...)  log_line((l), LOG_INFO, __VA_ARGS__)
#define log_debug(l, ...) log_line((l), LOG_DEBUG, __VA_ARGS__)

/* A token bucket. Zero-initialise, then set per_s and burst. */
typedef struct rate_limit {
	uint32_t per_s, burst; /* tokens a second, and at most saved */
	uint64_t tokens_milli,
		last_ms;  /* private; last_ms is one ahead, so that 0 means "never used" */
	uint64_t refused; /* in all */
} rate_limit;
bool rate_take(rate_limit *r, uint64_t now_ms); /* true: go ahead */

#endif
