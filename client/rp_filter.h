/* SPDX-License-Identifier: MIT */
/* rp_filter.h - strict reverse path filtering of a link (RFC 3704 2.2). It drops what home sends by an uplink while
 * the route back to home leads into the tunnel. */
#ifndef HW_CLIENT_RP_FILTER_H
#define HW_CLIENT_RP_FILTER_H

#include <stdbool.h>

bool rp_filter_is_strict(const char *link); /* of IPv4 */

#endif
