/* SPDX-License-Identifier: MIT */
#include "driver.h"

#include "io/net/now.h"
#include <sys/random.h>

static void settle(void *ctx)
{
	driver *d = ctx;

	io_timer_at(d->timer, mux_core_next_timer_ms(d->core));
}

static void on_timer(void *ctx)
{
	driver *d = ctx;

	mux_core_tick(d->core, io_now());
}

bool driver_open(driver *d, io_loop *loop, const mux_env *env, const mux_config *config,
		 const logger *log, err *e)
{
	mux_core_options o = { .env = *env, .config = config, .log = *log, .now = io_now() };

	*d = (driver){ .loop = loop };
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
	io_loop_before_wait(loop, settle, d);
	return true;
}

void driver_close(driver *d)
{
	mux_core_free(d->core);
	udp_rx_free(d->rx);
	io_timer_free(d->timer);
	*d = (driver){ 0 };
}
