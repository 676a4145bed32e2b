/*
 * The calendar: times as octets (DateAndTime, NTP) and as what a text says, see convert_int.h.
 */
#include "plan/convert_int.h"

enum {
	DAY = 86400,
	YEARS = 400,	     /* after which the calendar repeats */
	YEARS_DAYS = 146097, /* of these */
	EPOCH_DAYS = 719468  /* from 0000-03-01 to 1970-01-01 */
};

static const int64_t ntp_epoch = 2208988800; /* seconds from 1900 to 1970 */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days of the months before this one; years begin in March, so that leap days come last. */
static int64_t days_before(int64_t month)
{
	return (153 * month + 2) / 5;
}

int64_t sn_convert_day_seconds(int64_t year, int64_t month, int64_t day)
{
	int64_t months = month - 3; /* since March of this year */
	int64_t era;

	year += floor_div(months, 12);
	months -= floor_div(months, 12) * 12;
	era = floor_div(year, YEARS);
	year -= era * YEARS;
	day += era * YEARS_DAYS + year * 365 + year / 4 - year / 100 + days_before(months) - 1 -
	       EPOCH_DAYS;
	return (int64_t)((uint64_t)day * DAY);
}

int64_t sn_convert_day_of(int64_t seconds, int64_t *year, int *month, int *day)
{
	int64_t days = floor_div(seconds, DAY) + EPOCH_DAYS;
	int64_t era = floor_div(days, YEARS_DAYS);
	int64_t left = days - era * YEARS_DAYS; /* days of the 400 years */
	/* every 4, 100 and 400 years a year is longer or not */
	int64_t y = (left - left / 1460 + left / 36524 - left / 146096) / 365;
	int64_t m;

	left -= y * 365 + y / 4 - y / 100;
	m = (5 * left + 2) / 153;
	*day = (int)(left - days_before(m) + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = era * YEARS + y + (m >= 10);
	return seconds - floor_div(seconds, DAY) * DAY;
}

/* Offset from UTC: sign, hours, minutes. False: no such zone. */
static bool read_zone(const uint8_t *s, int64_t *offset)
{
	int minutes = s[1] * 60 + s[2];

	if ((s[0] != '+' && s[0] != '-') || s[1] > 24 || s[2] > 60) {
		return false;
	}
	*offset = INT64_C(60) * (s[0] == '-' ? -minutes : minutes);
	return true;
}

int sn_convert_date_and_time(struct sn_span s, int64_t *seconds)
{
	int64_t offset = 0;
	int of_day; /* seconds */

	if (s.n != 8 && (s.n != 11 || !read_zone(s.p + 8, &offset))) {
		return SN_ENOENT;
	}
	of_day = s.p[4] * 3600 + s.p[5] * 60 + s.p[6] + s.p[7] / 10;
	*seconds = sn_convert_day_seconds(s.p[0] << 8 | s.p[1], s.p[2], s.p[3]) + of_day - offset;
	return SN_OK;
}

int sn_convert_ntp(struct sn_span s, int64_t *seconds)
{
	if (s.n < 8) {
		return SN_ENOENT;
	}
	*seconds = (int64_t)((uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 |
			     (uint32_t)s.p[2] << 8 | s.p[3]) -
		   ntp_epoch;
	return SN_OK;
}

/* The day that a week and a weekday say. of_day: seconds of the day, may be more than it has. */
static int seconds_of_week(const struct sn_convert_said *said, int64_t year, int64_t of_day,
			   int64_t *out)
{
	/* the weekday whose occurrence settles which week is the first: Sunday, Monday, Thursday */
	int64_t first = said->weeks == 'U' ? 0 : (said->weeks == 'W' ? 1 : 4);
	/* weeks from Monday on end with Sunday */
	int64_t week = said->week + (said->weeks != 'U' && said->weekday == 1);
	int64_t before = sn_convert_day_seconds(year, 1, -first) + of_day;
	int64_t day = floor_div(before, DAY);
	int64_t weekday = day + 4 - floor_div(day + 4, 7) * 7;

	if (said->iso_year != (said->weeks == 'V')) {
		return SN_ENOENT;
	}
	*out = before + (week * 7 - weekday + said->weekday - 1) * DAY - said->offset;
	return SN_OK;
}

int sn_convert_said_seconds(const struct sn_convert_said *said, int64_t *seconds)
{
	int64_t of_day =
		(said->hour + (said->pm ? 12 : 0)) * 3600 + said->minute * 60 + said->second;
	int64_t year =
		said->century < 0 ? said->year : INT64_C(100) * said->century + said->year % 100;
	int64_t month = said->month;
	int64_t day = said->day ? said->day : 1;

	if (said->day == 0 && said->yday > 0) {
		if (said->iso_year) {
			return SN_ENOENT;
		}
		month = 1;
		day = said->yday;
	} else if (said->day == 0 && said->weeks) {
		return seconds_of_week(said, year, of_day, seconds);
	}
	*seconds = sn_convert_day_seconds(year, month, day) + of_day - said->offset;
	return SN_OK;
}
