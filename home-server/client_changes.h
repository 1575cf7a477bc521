/* SPDX-License-Identifier: MIT */
/* client_changes.h - changes of the registry while the daemon serves. The disk is waited for in durable's thread; who
 * asked gets an answer later. */
#ifndef HW_SERVER_CLIENT_CHANGES_H
#define HW_SERVER_CLIENT_CHANGES_H

#include "clients.h"

/* why: NULL when it succeeded. Called exactly once, perhaps at once; when the daemon ends first, by durable_close(). */
typedef void client_changed(void *ctx, const err *why);

/* The registry has changed: drops those that are gone from it, loads all others. */
void client_changes_reload(clients *c, client_changed *done, void *ctx);
void client_changes_load(clients *c, const char *name, client_changed *done, void *ctx);
/* Served no longer when this returns; done when nothing is written to its slot any more. */
void client_changes_unload(clients *c, const char *name, client_changed *done, void *ctx);

#endif
