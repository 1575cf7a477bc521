/* SPDX-License-Identifier: MIT */
/* host_port.h - a host and port by name or by address, as somebody has written it. */
#ifndef HW_CLIENT_HOST_PORT_H
#define HW_CLIENT_HOST_PORT_H

#include "base/addr.h"

enum { HOST_SIZE = 254 };

typedef struct host_port {
	char host[HOST_SIZE];
	uint16_t port;
	bool literal; /* an address: nothing to look up */
} host_port;

bool host_port_parse(const char *text, uint16_t port_else, host_port *out); /* HOST[:PORT] */

#endif
