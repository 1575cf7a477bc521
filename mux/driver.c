/* SPDX-License-Identifier: MIT */
#include "driver.h"

#include "base/clock.h"
#include <sys/random.h>

core_time driver_now(void)
{
	return (core_time){ .ms = clock_mono_ms(), .ntp = clock_ntp() };
}

void driver_arm(driver *d)
{
	uint64_t next = mux_core_next_timer_ms(d->core);

	if (next == d->timer_ms)
		return;
	d->timer_ms = next;
	io_timer_at(d->timer, next);
}

static void on_timer(void *ctx)
{
	driver *d = ctx;

	d->timer_ms = UINT64_MAX;
	mux_core_tick(d->core, driver_now());
	driver_arm(d);
}

bool driver_open(driver *d, io_loop *loop, const mux_env *env, const mux_config *config,
		 const logger *log, err *e)
{
	mux_core_options o = { .env = *env, .config = config, .log = *log, .now = driver_now() };

	*d = (driver){ .loop = loop, .timer_ms = UINT64_MAX };
	if (getrandom(o.seeds, sizeof o.seeds, 0) != sizeof o.seeds)
		return err_set(e, ERR_SYSTEM, "no random numbers");
	o.env.ctx = d;
	d->timer = io_timer_new(loop, on_timer, d, e);
	d->rx = d->timer ? udp_rx_new(e) : NULL;
	if (!d->rx)
		return false;
	d->core = mux_core_new(&o);
	if (!d->core)
		return err_set(e, ERR_LIMIT, "no memory");
	driver_arm(d);
	return true;
}

void driver_close(driver *d)
{
	mux_core_free(d->core);
	udp_rx_free(d->rx);
	io_timer_free(d->timer);
	*d = (driver){ 0 };
}
