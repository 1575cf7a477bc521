/* SPDX-License-Identifier: MIT */
/* target_socket.h - a tunnel's UDP socket. */
#ifndef HW_MUX_TARGET_SOCKET_H
#define HW_MUX_TARGET_SOCKET_H

#include "core/mux/env.h"

void target_socket_env(mux_env *env); /* sets what is about sockets; its ctx is a driver */

#endif
