/*
 * Poll calendar, see calendar.h. collect asks it when a round ends.
 */
#include "scheduler/calendar.h"

uint64_t sn_calendar_first(uint64_t now, uint64_t wall, uint64_t interval, uint64_t hash)
{
	__extension__ typedef unsigned __int128 u128;
	uint64_t phase;

	if (interval == 0) {
		return now;
	}
	phase = (uint64_t)(((u128)hash * interval) >> 64);
	return now + (phase + interval - wall % interval) % interval;
}

uint64_t sn_calendar_next(uint64_t due, uint64_t now, uint64_t interval, uint64_t *skipped)
{
	uint64_t next = due + interval;

	*skipped = 0;
	if (interval == 0) {
		return now;
	}
	if (next < now) {
		*skipped = (now - next + interval - 1) / interval;
		next += *skipped * interval;
	}
	return next;
}
