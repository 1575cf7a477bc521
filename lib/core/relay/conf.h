/* SPDX-License-Identifier: MIT */
/* conf.h - what a relay is configured with, and the route to its home. */
#ifndef HW_CORE_RELAY_CONF_H
#define HW_CORE_RELAY_CONF_H

#include "core/packet/dgramq.h"
#include "core/reg/message.h"

typedef struct relay_conf { /* borrowed while the core lives */
	char name[RELAY_NAME_MAX + 1];
	ip_addr address; /* IPv4, ours towards home: source of the IP-in-IP packets */
	ip_addr home;    /* IPv4, the home server's towards us */
	uint8_t key2[KEY2_LEN];
	uint32_t max_visitors; /* entries, pending ones included; at most RELAY_PORTS */
	bool answers_strangers; /* refusals and hints to who proves no key: for debugging; may change while it runs */
} relay_conf;
enum { RELAY_PORT_FIRST = 1024, RELAY_PORTS = 65536 - 1024 - 1 /* 4500 */ };

/* From a port of ours to one of home's. */
static inline dgram_route relay_conf_route(const relay_conf *c, uint16_t from_port,
					   uint16_t to_port)
{
	return (dgram_route){ .to = { .addr = c->home, .port = to_port },
			      .from = c->address,
			      .from_port = from_port };
}

#endif
