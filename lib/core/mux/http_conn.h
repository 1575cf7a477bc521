/* SPDX-License-Identifier: MIT */
/* http_conn.h - a connection of HTTP: its requests one after the other until it ends, times out, or becomes a
 * tunnel. It is read by turns (turns.h), and its requests only while its answers are taken. Each of these may end it; then
 * it is gone, and its link is given back. */
#ifndef HW_CORE_MUX_HTTP_CONN_H
#define HW_CORE_MUX_HTTP_CONN_H

#include "core/mux/conn.h"

/* client->source is counted as connected; the connection ends that. NULL: no memory. */
mux_conn *mux_http_conn_new(mux_conns *all, const mux_client *client, void *link);
void mux_http_conn_take_turn(mux_conn *base); /* it is due */
void mux_http_conn_opened(mux_conn *base);
void mux_http_conn_octets(mux_conn *base, uint8_t *p, size_t n);
void mux_http_conn_writable(mux_conn *base);
void mux_http_conn_closed(mux_conn *base, const char *why); /* why NULL: in an orderly way */
void mux_http_conn_expire(mux_conn *base);                  /* its timer has expired */
void mux_http_conn_exchange_over(mux_conn *base);
void mux_http_conn_tunnel_over(mux_conn *base, const char *why);
void mux_http_conn_drain(mux_conn *base); /* ends it in an orderly way */

#endif
