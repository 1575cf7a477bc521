/* SPDX-License-Identifier: MIT */
/* state_file.h - what a client remembers between runs: the pseudonym to use next, home's time by
 * the clock that runs since the machine was started (void after the next start), the relays home named, and the networks where UDP did not pass, with the kind of path that did. Losing it
 * costs some round trips and a visit that can be linked, no more. */
#ifndef HW_CLIENT_STATE_FILE_H
#define HW_CLIENT_STATE_FILE_H

#include "core/client/core.h"
#include "io/daemon/privileges.h"

#define STATE_DIR "/var/lib/homeward"

/* DIR/client-IDENTITY.state, DIR made if need be. False: too long, or no directory. */
bool state_file_path(char *out, size_t n, const char *dir, const char *identity, err *e);
client_saved state_file_load(const char *path); /* zeros when there is none, or it makes no sense */
bool state_file_save(const char *path, const client_saved *s, err *e);

/* The file is all of this text, or as it was; mode 0600. Does not wait for the disk, since this runs while
 * packets wait, and what is lost with the power is not missed. */
bool state_file_replace(const char *path, const char *text, size_t n, err *e);

/* The directory of that file is the user's that the client is about to become. False: it holds other files, too, or is
 * another user's; what the client has to remember is lost when it ends. */
bool state_file_own(const char *path, const daemon_user *u, err *e);

#endif
