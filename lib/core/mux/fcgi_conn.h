/* SPDX-License-Identifier: MIT */
/* fcgi_conn.h - a web server's connection by FastCGI. It is read by turns (turns.h), and while its answers are taken.
 * Each of these may end it; then it is gone, and its link is given back. */
#ifndef HW_CORE_MUX_FCGI_CONN_H
#define HW_CORE_MUX_FCGI_CONN_H

#include "core/mux/exchange.h"

mux_conn *mux_fcgi_conn_new(mux_conns *all, const ip_addr *from, void *link); /* NULL: no memory */
void mux_fcgi_conn_take_turn(mux_conn *base);                                 /* it is due */
void mux_fcgi_conn_octets(mux_conn *base, uint8_t *p, size_t n);
void mux_fcgi_conn_writable(mux_conn *base);
void mux_fcgi_conn_closed(mux_conn *base);
void mux_fcgi_conn_expire(mux_conn *base); /* its timer has expired */
void mux_fcgi_conn_exchange_over(mux_conn *base, mux_exchange *x);
void mux_fcgi_conn_drain(mux_conn *base); /* ends it in an orderly way */

#endif
