/* SPDX-License-Identifier: MIT */
/* host.h - what every module of the machine gets when it is made and never changes: the profile, the
 * shell's functions, log and queues. Not what one module keeps and another reads. */
#ifndef HW_CORE_CLIENT_HOST_H
#define HW_CORE_CLIENT_HOST_H

#include "core/client/core.h"
#include "core/client/events.h"
#include "core/client/timing.h"

#define CLIENT_COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct client_host {
	const client_conf *conf;
	const client_env *env;
	const logger *log;
	dgramq *tx;
	join *tun;
	client_events *events;
} client_host;

#endif
