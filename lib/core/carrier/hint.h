/* SPDX-License-Identifier: MIT */
/* hint.h - which method and proxy succeeded, as one line of text to be kept in a file: "connect-udp", or
 * "plain proxy.example.net:3128". */
#ifndef HW_CORE_CARRIER_HINT_H
#define HW_CORE_CARRIER_HINT_H

#include "core/carrier/conf.h"

enum { CARRIER_HINT = URL_HOST + 24 };

const char *carrier_method_name(carrier_method m); /* "connect-udp", "websocket", "plain" */
void carrier_hint_put(carrier_method m, const char *proxy /* NULL: none */, char out[CARRIER_HINT]);
carrier_hint carrier_hint_get(const char *text); /* not known where it is malformed */

#endif
