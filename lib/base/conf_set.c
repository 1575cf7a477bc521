/* SPDX-License-Identifier: MIT */
/* Setters for plain values. A refusal never repeats what was given for a secret. */
#include "base/addr.h"
#include "base/conf.h"
#include "base/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool conf_string(const char *text, void *field, err *e)
{
	if (!*text)
		return err_set(e, ERR_CONFIG, "expected a value");
	char *copy = strdup(text);
	if (!copy)
		return err_sys(e, ENOMEM, "no memory");
	char **s = field;
	free(*s);
	*s = copy;
	return true;
}

bool conf_bool(const char *text, void *field, err *e)
{
	static const char *const word[] = { "no", "yes", "false", "true", "off", "on" };

	for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
		if (strcasecmp(text, word[i]) == 0) {
			*(bool *)field = i % 2 == 1;
			return true;
		}
	}
	return err_set(e, ERR_CONFIG, "expected yes or no, not '%.40s'", text);
}

bool conf_u32(const char *text, void *field, err *e)
{
	bool hex = strncasecmp(text, "0x", 2) == 0;
	const char *digits = hex ? text + 2 : text;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	if (n == 0 || digits[n])
		return err_set(e, ERR_CONFIG, "expected a number, not '%.40s'", text);
	errno = 0;
	unsigned long long v = strtoull(digits, NULL, hex ? 16 : 10);
	if (errno || v > UINT32_MAX)
		return err_set(e, ERR_CONFIG, "%.40s is too large: at most 4294967295", text);
	*(uint32_t *)field = (uint32_t)v;
	return true;
}

bool conf_key32(const char *text, void *field, err *e)
{
	uint8_t key[32];
	bool ok = hex_decode(text, key, sizeof key);

	if (ok)
		memcpy(field, key, sizeof key);
	explicit_bzero(key, sizeof key);
	return ok || err_set(e, ERR_CONFIG, "expected a key of 64 hex digits");
}

bool conf_address(const char *text, void *field, err *e)
{
	return ip_parse(text, field) ||
	       err_set(e, ERR_CONFIG, "expected an IP address, not '%.60s'", text);
}
