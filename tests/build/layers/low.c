/* SPDX-License-Identifier: MIT */
int uv_loop_init(void *loop);
int low(void *loop);

int low(void *loop)
{
#ifdef REACHES_UP
	return uv_loop_init(loop);
#else
	return loop != 0;
#endif
}
