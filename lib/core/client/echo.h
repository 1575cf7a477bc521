/* SPDX-License-Identifier: MIT */
/* echo.h - echoes inside ESP: sent, answered, and what an answer brings (docs/protocol.md: messages inside ESP). */
#ifndef HW_CORE_CLIENT_ECHO_H
#define HW_CORE_CLIENT_ECHO_H

#include "core/client/associations.h"
#include "core/client/paths.h"
#include "proto/ctl.h"

enum { CLIENT_ECHOES = 64 /* under way; power of two */ };

typedef struct client_echo {
	uint32_t id; /* 0: empty */
	uint16_t path;
	uint16_t size; /* of the UDP payload; 0: not padded */
	uint16_t mtu;  /* ours, as it was sent to home */
	uint64_t sent_ms;
} client_echo;

typedef struct client_echoes {
	const client_host *host;
	const client_paths *paths;
	const client_associations *associations;
	client_echo list[CLIENT_ECHOES];
	uint32_t last_id;
} client_echoes;

typedef struct client_echo_answer {
	uint32_t id, rtt_us;
	uint16_t size, mtu;
} client_echo_answer;

/* On what data is sent on. size: of the UDP payload, 0: no padding. Returns the echo's id; 0: there is nothing
 * to send it on, or no room. */
uint32_t client_echo_send(client_echoes *e, core_time now, client_path *p, uint8_t flags,
			  uint16_t size);
uint32_t client_echo_send_on(client_echoes *e, core_time now, client_path *p, sa_pair *sa,
			     uint8_t flags, uint16_t size);
/* A message inside ESP: home's echo is answered; true: it answers one of ours. udp_len: of its datagram. */
bool client_echo_receive(client_echoes *e, core_time now, client_path *p, wire_bytes msg,
			 size_t udp_len, client_echo_answer *out);

#endif
