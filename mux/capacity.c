/* SPDX-License-Identifier: MIT */
#include "capacity.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { OWN_DESCRIPTORS = 64, MEMORY_PART = 4, PATH_LEN = 512 };

mux_room_limits capacity_of(uint64_t descriptors, uint64_t memory)
{
	uint64_t left = descriptors > OWN_DESCRIPTORS ? descriptors - OWN_DESCRIPTORS : 0;
	uint64_t each = left / 2 < UINT_MAX ? left / 2 : UINT_MAX;

	/* Not 0, which would be no limit. */
	return (mux_room_limits){ .connections = each ? (unsigned)each : 1,
				  .tunnels = each ? (unsigned)each : 1,
				  .memory = memory / MEMORY_PART };
}

/* The group's path below /sys/fs/cgroup, "0::/PATH" in /proc/self/cgroup. */
static bool find_group(char out[PATH_LEN])
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[PATH_LEN];
	bool found = false;

	while (f && !found && fgets(line, sizeof line, f))
		found = strncmp(line, "0::/", 4) == 0;
	if (f)
		fclose(f);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	strcpy(out, line + 3);
	return true;
}

/* UINT64_MAX: no limit, or none that is to be seen. */
static uint64_t group_memory(void)
{
	char group[PATH_LEN], path[PATH_LEN + 40];
	unsigned long long most;

	if (!find_group(group))
		return UINT64_MAX;
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
	FILE *f = fopen(path, "re");
	if (!f)
		return UINT64_MAX;
	bool is_number = fscanf(f, "%llu", &most) == 1;
	fclose(f);
	return is_number ? most : UINT64_MAX;
}

mux_room_limits capacity_of_system(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
	uint64_t group = group_memory();
	struct rlimit r = { 0 };

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		r.rlim_cur = FOPEN_MAX;
	return capacity_of(r.rlim_cur, memory && group > memory ? memory : group);
}
