/* SPDX-License-Identifier: MIT */
/* profile_path_values.h - what may stand behind a profile's keys of multiplexers, proxies and paths. */
#ifndef HW_CLIENT_PROFILE_PATH_VALUES_H
#define HW_CLIENT_PROFILE_PATH_VALUES_H

#include "base/conf.h"

/* With profile_mux() and profile_paths(), `field` is the profile. */
conf_setter profile_mux, profile_proxy, profile_paths, profile_tls;

#endif
