/*
 * Names of the counters, made from the table in counter.h. Any thread.
 */
#include "base/counter.h"

const char *sn_counter_name(enum sn_counter id)
{
	static const char *const names[] = {
#define SN_COUNTER_NAME(id, name, help) name,
		SN_COUNTER_TABLE(SN_COUNTER_NAME)
#undef SN_COUNTER_NAME
	};
	return names[id];
}

const char *sn_counter_help(enum sn_counter id)
{
	static const char *const helps[] = {
#define SN_COUNTER_HELP(id, name, help) help,
		SN_COUNTER_TABLE(SN_COUNTER_HELP)
#undef SN_COUNTER_HELP
	};
	return helps[id];
}
