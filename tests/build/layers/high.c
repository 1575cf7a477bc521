/* SPDX-License-Identifier: MIT */
int uv_loop_init(void *loop);
int low(void *loop);
int high(void *loop);

int high(void *loop)
{
	return uv_loop_init(loop) + low(loop);
}
