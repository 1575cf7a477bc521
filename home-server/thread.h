/* SPDX-License-Identifier: MIT */
/* thread.h - threads of the daemon's own. */
#ifndef HW_SERVER_THREAD_H
#define HW_SERVER_THREAD_H

#include <pthread.h>

/* Signals stay the main thread's. Returns 0 or an errno. */
int thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);

#endif
