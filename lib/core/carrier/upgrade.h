/* SPDX-License-Identifier: MIT */
/* upgrade.h - asking for a tunnel by an upgrade to connect-udp or WebSocket, on one connection. */
#ifndef HW_CORE_CARRIER_UPGRADE_H
#define HW_CORE_CARRIER_UPGRADE_H

#include "core/carrier/conn.h"
#include "core/carrier/request.h"

typedef struct carrier_upgrade {
	carrier_method method;
	http_parser *http;
	const http_head *head; /* of the answer */
	char key[CARRIER_WS_KEY + 1];
} carrier_upgrade;

/* Sends the request; the connection is CARRIER_READY. False: no memory. */
bool carrier_upgrade_begin(carrier_upgrade *u, carrier_method m, const carrier_conn *c);
void carrier_upgrade_end(carrier_upgrade *u);

typedef enum carrier_upgrade_result {
	UPGRADE_PENDING,
	UPGRADE_ACCEPTED, /* what follows the octets used is the tunnel's */
	UPGRADE_DECLINED, /* *e; another method may be accepted */
	UPGRADE_HOPELESS, /* *e; no other method needs to be tried */
} carrier_upgrade_result;
carrier_upgrade_result carrier_upgrade_octets(carrier_upgrade *u, uint8_t *p, size_t n,
					      size_t *used, carrier_error *e);

#endif
