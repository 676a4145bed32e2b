/*
 * Names of round outcomes, see round.h. Any thread.
 */
#include "record/round.h"

const char *sn_round_status_name(enum sn_round_status status)
{
	static const char *const names[] = {
#define SN_ROUND_NAME(id, name, help) [SN_ROUND_##id] = (name),
		SN_ROUND_STATUS_TABLE(SN_ROUND_NAME)
#undef SN_ROUND_NAME
	};

	return (size_t)status < sizeof(names) / sizeof(names[0]) ? names[status] : "unknown";
}
