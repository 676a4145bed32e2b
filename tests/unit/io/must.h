/*
 * An assertion for code that every datagram passes: Check's own allocate memory and cost a system
 * call, also when they hold.
 */
#ifndef TEST_UNIT_IO_MUST_H
#define TEST_UNIT_IO_MUST_H

#include <check.h>

#define MUST(holds)                                                                                \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			ck_abort_msg("%s", #holds);                                                \
		}                                                                                  \
	} while (0)

#endif
