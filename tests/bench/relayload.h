/* SPDX-License-Identifier: MIT */
/* relayload.h - a relay's whole surroundings in one process: thousands of clients on one side, and on the
 * other a home that admits them and answers. What costs time and needn't be timed (requests and the
 * answers to them) is made before. */
#ifndef HW_RELAYLOAD_H
#define HW_RELAYLOAD_H

#include "base/map.h"
#include "core/reg/link.h"
#include "io/net/ipip.h"
#include "regload_client.h"
#include "regload_net.h"

enum { HOME_ESP_SPI = 0x32000000 }; /* what the packets seem to be sealed under */

typedef struct visitor {
	client c;
	uint8_t key3[KEY3_LEN];
	uint8_t request[MIP_MAX_MESSAGE], answer[MIP_MAX_MESSAGE];
	uint16_t request_len, answer_len;
	reg_key3 session;
	uint16_t port; /* that the relay gave it; 0: none yet */
	bool answered;
} visitor;

typedef struct surroundings {
	const char *name;     /* the relay's */
	endpoint relay;       /* for clients */
	ip_addr inside, home; /* relay's and home's addresses towards each other */
	ip_addr first;        /* care-of address of client 0 */
	key2_set key2;
	visitor *v;
	uint32_t n;
	map *by_id; /* visitor, by identification */
	ipip_sock *ipip;
	dgramq to_relay;
	net *net;
	sa_pair *sa;
	uint32_t admitted, acked; /* clients */
} surroundings;

/* relayload_home.c */
bool home_open(surroundings *s, err *e);
void home_serve(surroundings *s); /* whatever has come; sends what there is to say */
void home_close(surroundings *s);

/* relayload_clients.c */
bool clients_make(surroundings *s, err *e);
bool clients_prepare(surroundings *s, err *e); /* a request and its answer for each */
bool clients_register(surroundings *s, double *seconds, uint32_t *answered, uint32_t *wrong,
		      err *e);
/* Bursts of 50 packets of 1,200 octets, from `flows` clients in turn; until seconds have passed. */
void send_up(surroundings *s, uint32_t flows, double seconds);
void send_down(surroundings *s, uint32_t flows, double seconds);

#endif
