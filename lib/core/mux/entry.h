/* SPDX-License-Identifier: MIT */
/* entry.h - what of a client's datagrams may enter: what could be Homeward's by its first octets and its length
 * (docs/protocol.md, "One socket"). A multiplexer has no keys, so it can't tell a true one from a forged one; what
 * could not be ours is never forwarded, since a target would have to look at it. */
#ifndef HW_CORE_MUX_ENTRY_H
#define HW_CORE_MUX_ENTRY_H

#include <stddef.h>
#include <stdint.h>

typedef enum mux_entry {
	MUX_ENTRY_NONE,    /* not a client's */
	MUX_ENTRY_MESSAGE, /* a registration request, a message of our own, a keepalive */
	MUX_ENTRY_ESP,     /* as an association's */
} mux_entry;

mux_entry mux_entry_of(const uint8_t *p, size_t n);

#endif
