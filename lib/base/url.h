/* SPDX-License-Identifier: MIT */
/* url.h - the few forms of URLs that configurations have: SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH].
 * RFC 3986, with %-escapes undone in user and password; IPv6 addresses in brackets. */
#ifndef HW_BASE_URL_H
#define HW_BASE_URL_H

#include "base/err.h"
#include <stdint.h>

enum { URL_HOST = 254, URL_PATH = 128, URL_USER = 256 };

typedef struct url {
	char scheme[16];
	char user[URL_USER], password[URL_USER]; /* "": none; wipe after use */
	char host[URL_HOST];                     /* without brackets, lower case */
	uint16_t port;                           /* 0: none given */
	char path[URL_PATH];                     /* "" or from the slash on */
} url;

/* False: see *e, which never repeats what may be a password. */
bool url_parse(const char *text, url *out, err *e);
/* For a message about an invalid URL: the text itself, or a placeholder if it may hold a password. */
const char *url_shown(const char *text);
uint16_t
url_default_port(const char *scheme); /* http 80, https 443, socks5 and socks4 1080; else 0 */

#endif
