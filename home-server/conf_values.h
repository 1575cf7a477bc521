/* SPDX-License-Identifier: MIT */
/* conf_values.h - setters of server.conf's own kinds of values (base/conf.h). */
#ifndef HW_SERVER_CONF_VALUES_H
#define HW_SERVER_CONF_VALUES_H

#include "base/conf.h"

conf_setter value_realm;           /* char * */
conf_setter value_networks;        /* server_conf: network4, network6 */
conf_setter value_pool;            /* server_conf: pool_first, pool_last */
conf_setter value_public;          /* server_conf: appends to publics */
conf_setter value_mux;             /* server_conf: appends to muxes */
conf_setter value_relay_public;    /* char *: ADDRESS[:PORT] or NAME[:PORT] */
conf_setter value_listen;          /* server_conf: appends to listens */
conf_setter value_interface_owned; /* char * */
conf_setter value_seconds;         /* uint32_t: 1 to 65534, what a registration can say */
conf_setter value_keepalive;       /* uint32_t: 0 to 3600 */
conf_setter value_count;           /* uint32_t, at least 1 */
conf_setter value_mtu;             /* uint32_t: 576 to 9216 */
conf_setter value_ciphers;         /* sa_policy */
conf_setter value_groups;          /* sa_policy */

#endif
