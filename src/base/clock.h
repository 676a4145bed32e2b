/*
 * Time as values. Nanoseconds in uint64_t everywhere inside: "mono" counts from an arbitrary start
 * and never steps, "wall" is Unix time. Only io back ends and main threads read clocks; all else
 * gets time as an argument, so that io/fake can run days in minutes.
 */
#ifndef SN_BASE_CLOCK_H
#define SN_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SN_NS_PER_US UINT64_C(1000)
#define SN_NS_PER_MS UINT64_C(1000000)
#define SN_NS_PER_SEC UINT64_C(1000000000)
#define SN_TIME_NEVER UINT64_MAX

static inline uint64_t sn_clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * SN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static inline uint64_t sn_clock_mono(void)
{
	return sn_clock_read(CLOCK_MONOTONIC);
}

static inline uint64_t sn_clock_wall(void)
{
	return sn_clock_read(CLOCK_REALTIME);
}

#endif
