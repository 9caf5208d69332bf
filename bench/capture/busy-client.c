/*
 * Preloaded into the load generator: it asks for events again and again instead of sleeping until one comes.
 * A server that is slower than its client finds it asleep each time and pays for waking its processor up, which in a
 * virtual machine costs as much as a request. That would be counted as a cost of whatever slows the server down.
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

int epoll_wait(int fd, struct epoll_event *events, int size, int timeout)
{
	long long end = milliseconds() + timeout;
	int ready;
	do
		ready = syscall(SYS_epoll_pwait, fd, events, size, 0, NULL, 0);
	while (ready == 0 && (timeout < 0 || milliseconds() < end));
	return ready;
}
