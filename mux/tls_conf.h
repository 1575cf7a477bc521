/* SPDX-License-Identifier: MIT */
/* tls_conf.h - the certificate that https shows, and the authority of those that it asks for. */
#ifndef HW_MUX_TLS_CONF_H
#define HW_MUX_TLS_CONF_H

#include "conf.h"
#include "io/stream/tls.h"

/* NULL without error (e->kind is ERR_NONE): no https. */
tls_ctx *tls_conf_load(const mux_file *c, const logger *log, err *e);

#endif
