/* SPDX-License-Identifier: MIT */
#include "tls_conf.h"

tls_ctx *tls_conf_load(const mux_file *c, const logger *log, err *e)
{
	const tls_server_conf conf = { c->certificate, c->key, c->client_ca, c->user };
	char warning[128];

	*e = (err){ 0 };
	if (!mux_file_has(c, LISTEN_HTTPS))
		return NULL;
	tls_ctx *t = tls_server_new(&conf, warning, e);
	if (t && *warning)
		log_warn(log, "%s: clients will refuse it", warning);
	if (t && c->client_ca && mux_file_has(c, LISTEN_HTTP))
		log_warn(log,
			 "client_ca is for https: clients of http are asked for no certificate");
	return t;
}
