/* SPDX-License-Identifier: MIT */
/* control_priv.h - what the files of control.h share. Private to lib/io. */
#ifndef HW_IO_DAEMON_CONTROL_PRIV_H
#define HW_IO_DAEMON_CONTROL_PRIV_H

#include "io/daemon/control.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct control {
	io_loop *loop;
	int fd;
	io_watch *watch;
	char *path;
	struct stat file; /* of the socket that is ours, for unlinking */
	bool has_made_dir;
	const control_command *commands;
	void *ctx;
	control_peer *peers;
	unsigned n_peers;
};

/* control_bind.c. The listening socket, or -1. */
bool control_address(const char *path, struct sockaddr_un *out, err *e);
int control_bind(const char *path, bool *has_made_dir, err *e);

/* control_peer.c. Owns fd from then on, even when it fails. */
void control_peer_new(control *c, int fd);
void control_peer_free(control_peer *p);
void control_peer_refuse(int fd, const char *text); /* one line, closed */

#endif
