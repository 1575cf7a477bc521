/* SPDX-License-Identifier: MIT */
/* conf.h - the multiplexer's configuration file: read once, const afterwards. docs/operation.md lists the keys. */
#ifndef HW_MUX_CONF_H
#define HW_MUX_CONF_H

#include "base/conf_types.h"
#include "base/log.h"
#include "core/mux/config.h"

enum { MUX_LISTENS = 16 };

typedef enum listen_kind { LISTEN_HTTPS, LISTEN_HTTP, LISTEN_FCGI, LISTEN_N_KINDS } listen_kind;
const char *listen_kind_name(listen_kind k); /* as in the file: "https" */

typedef struct mux_listen {
	listen_kind kind;
	endpoint at;
} mux_listen;

typedef struct mux_file {
	char *file;
	mux_listen listens[MUX_LISTENS];
	unsigned n_listens;
	char *certificate, *key, *client_ca; /* files; NULL: none */
	char *user; /* runs as, when root starts it; NULL: PRIVATE_DAEMON_USER */
	mux_config core;
	log_level log;
} mux_file;

/* room: the limits that hold unless the file has others (capacity.h). NULL: see *e. */
mux_file *mux_file_load(const char *file, const mux_room_limits *room, err *e);
void mux_file_free(mux_file *c); /* NULL is fine */
bool mux_file_has(const mux_file *c, listen_kind k);

#endif
