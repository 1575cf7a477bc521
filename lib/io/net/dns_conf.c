/* SPDX-License-Identifier: MIT */
#include "io/net/dns_conf.h"
#include "proto/dns.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

bool dns_conf_is_loopback(const ip_addr *a)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return a->len == 4 ? a->b[0] == 127 : a->len == 16 && !memcmp(a->b, loopback6, 16);
}

/* ADDRESS, or ADDRESS%LINK where it is a link's own. */
static bool parse_server(char *text, endpoint *out)
{
	char *link = strchr(text, '%');

	*out = (endpoint){ .port = DNS_PORT };
	if (link)
		*link++ = 0;
	if (!ip_parse(text, &out->addr))
		return false;
	if (ip_is_link_local6(&out->addr))
		out->scope = link ? if_nametoindex(link) : 0;
	return true;
}

static bool server_line(char *line, endpoint *out)
{
	char *rest, *word = strtok_r(line, blanks, &rest);

	if (!word || strcmp(word, "nameserver") != 0)
		return false;
	word = strtok_r(NULL, blanks, &rest);
	return word && parse_server(word, out);
}

unsigned dns_conf_servers(const char *path, endpoint out[DNS_SERVERS])
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned n = 0;

	while (f && n < DNS_SERVERS && getline(&line, &room, f) >= 0)
		n += server_line(line, &out[n]);
	free(line);
	if (f)
		fclose(f);
	if (n == 0)
		out[n++] = (endpoint){ .addr = ip4(127, 0, 0, 1), .port = DNS_PORT };
	return n;
}

static bool same_host(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '.';
	m -= m && b[m - 1] == '.';
	return n == m && strncasecmp(a, b, n) == 0;
}

static bool hosts_line(char *line, const char *host, ip_addr *out)
{
	line[strcspn(line, "#")] = 0;
	char *rest, *word = strtok_r(line, blanks, &rest);
	if (!word || !ip_parse(word, out))
		return false;
	while ((word = strtok_r(NULL, blanks, &rest)))
		if (same_host(word, host))
			return true;
	return false;
}

unsigned dns_conf_hosts(const char *path, const char *host, ip_addr *out, unsigned max)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned n = 0;

	while (f && n < max && getline(&line, &room, f) >= 0)
		n += hosts_line(line, host, &out[n]);
	free(line);
	if (f)
		fclose(f);
	return n;
}
