/* SPDX-License-Identifier: MIT */
/* conf_types.h - values that several programs' configurations have: setters for conf.h's tables, and what
 * they are made of. */
#ifndef HW_BASE_CONF_TYPES_H
#define HW_BASE_CONF_TYPES_H

#include "base/addr.h"
#include "base/conf.h"

enum { CONF_NAME_MAX = 63, CONF_LINK_MAX = 15 };

bool conf_is_name(const char *name); /* of a client or relay: 1 to 63 of a-z A-Z 0-9 . _ - */
bool conf_has_only(const char *s, const char *others); /* letters, digits and these, no more */

/* The next item of a list at commas or blanks, into word; false: no more, or too long (*bad). */
bool conf_word(const char **list, char *word, size_t room, bool *bad);
/* ADDRESS:PORT, ...; appends to list, whose length is *n. */
bool conf_endpoints(const char *text, endpoint *list, unsigned max, unsigned *n, err *e);

conf_setter conf_link;     /* char[CONF_LINK_MAX + 1]: a name Linux takes for a link */
conf_setter conf_endpoint; /* endpoint, port required */
conf_setter conf_log;      /* log_level */
bool conf_u32_within(const char *text, uint32_t *out, uint32_t least, uint32_t most, err *e);

#endif
