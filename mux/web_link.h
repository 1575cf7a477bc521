/* SPDX-License-Identifier: MIT */
/* web_link.h - an accepted connection: a stream below, a mux_conn of the core above. */
#ifndef HW_MUX_WEB_LINK_H
#define HW_MUX_WEB_LINK_H

#include "driver.h"
#include "io/stream/tls.h"

/* Owns the descriptor from here on. tls NULL: in the clear. */
void web_link_accept(driver *d, int fd, const ip_addr *from, mux_conn_kind kind, tls_ctx *tls);
void web_link_env(mux_env *env); /* sets what is about links */

#endif
