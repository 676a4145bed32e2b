/*
 * The parts of converting, each with its own file. Pure functions; see convert.h.
 */
#ifndef SN_PLAN_CONVERT_INT_H
#define SN_PLAN_CONVERT_INT_H

#include "plan/convert.h"

/*
 * Seconds since 1970 of a day of the Gregorian calendar. Months and days beyond their ranges count
 * on into the years and months beside (month 0 is December before), as Go's time.Date has it.
 */
int64_t sn_convert_day_seconds(int64_t year, int64_t month, int64_t day);

/* The same backward: day of Unix seconds; returns the seconds of that day. */
int64_t sn_convert_day_of(int64_t seconds, int64_t *year, int *month, int *day);

/* RFC 2579 DateAndTime to Unix seconds. SN_ENOENT: neither 8 nor 11 octets, or no such time zone.
 */
SN_MUST_USE int sn_convert_date_and_time(struct sn_span s, int64_t *seconds);

/* RFC 5905 timestamp of era 0 to whole Unix seconds. SN_ENOENT: fewer than 8 octets. */
SN_MUST_USE int sn_convert_ntp(struct sn_span s, int64_t *seconds);

/* What a text says of a time. */
struct sn_convert_said {
	int64_t year;	 /* 1900 unless said */
	int century;	 /* -1: not said */
	int month;	 /* 1 to 12 */
	int day;	 /* of the month, 0: not said */
	int yday;	 /* of the year, 0: not said */
	int week;	 /* of the year */
	int weekday;	 /* 1 Sunday to 7 Saturday, 0: not said */
	int hour;	 /* 0 to 23 */
	int minute;	 /* 0 to 59 */
	int second;	 /* 0 to 60 */
	int offset;	 /* from UTC, seconds */
	char weeks;	 /* how weeks are counted: U, V, W, 0: not said */
	bool pm;	 /* twelve hours are to be added */
	bool iso_year;	 /* year is that of an ISO week */
	bool has_offset; /* offset was said as a number */
};

/* All of it together. SN_ENOENT: weeks and years are not of one kind. */
SN_MUST_USE int sn_convert_said_seconds(const struct sn_convert_said *said, int64_t *seconds);

/*
 * Text to Unix seconds by a pattern with the directives of timefmt-go's strptime: A a B b C c D d e
 * F f G g H h I j k l M m n P p R r S s T t U u V v W w X x Y y Z z :z ::z :::z + %. UTC when no
 * zone is said; names of zones other than UTC count as such (their offset is not known). SN_ENOENT:
 * text or pattern does not fit.
 */
SN_MUST_USE int sn_convert_strptime(struct sn_span text, const char *pattern, int64_t *seconds);

/*
 * Octets by a display hint in the octet format of RFC 2579 §3.1; the last specification repeats. A
 * pass with out NULL counts. SN_ENOENT: no octets, not such a hint, more than 8 octets as one
 * number, or a text above SN_CONVERT_HINT_MAX characters; else the characters.
 */
enum { SN_CONVERT_HINT_MAX = 1 << 20 };
SN_MUST_USE int sn_convert_hint(const char *hint, struct sn_span s, char *out);

/*
 * Go's strconv.ParseFloat of a whole text: decimal and hexadecimal with underscores between digits,
 * inf, infinity, nan in any case. SN_ENOENT: it is none, is too large, or too long.
 */
SN_MUST_USE int sn_convert_parse_float(struct sn_span s, double *out);

#endif
