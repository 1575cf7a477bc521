/* SPDX-License-Identifier: MIT */
#include "io/net/dns_conf.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char blanks[] = " \t\r\n";

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

bool dns_conf_is_loopback(const ip_addr *a)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return a->len == 4 ? a->b[0] == 127 : memcmp(a->b, loopback6, sizeof loopback6) == 0;
}

/* To an own address the kernel sends from that address. Nothing is sent here. */
bool dns_conf_is_here(const endpoint *server)
{
	struct sockaddr_storage ss;
	socklen_t n = endpoint_to_sockaddr(server, &ss);
	endpoint from;

	if (dns_conf_is_loopback(&server->addr))
		return true;
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool here = fd >= 0 && connect(fd, (struct sockaddr *)&ss, n) == 0;
	n = sizeof ss;
	here = here && getsockname(fd, (struct sockaddr *)&ss, &n) == 0 &&
	       endpoint_from_sockaddr((struct sockaddr *)&ss, &from) &&
	       ip_equal(&from.addr, &server->addr);
	if (fd >= 0)
		close(fd);
	return here;
}
