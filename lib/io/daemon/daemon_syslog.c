/* SPDX-License-Identifier: MIT */
/* Alone in its file: <syslog.h> defines macros by the names of log.h's levels. */
#include "io/daemon/daemon.h"
#include <syslog.h>

static void to_syslog(void *ctx, log_level level, const char *text)
{
	static const int priority[LOG_N_LEVELS] = {
		3, 4, 6, 7
	}; /* error, warning, info, debug: RFC 5424 6.2.1 */

	(void)ctx;
	syslog(priority[level], "%s", text);
}

logger log_to_syslog(log_level level, const char *ident)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	return (logger){ .level = level, .line = to_syslog };
}
