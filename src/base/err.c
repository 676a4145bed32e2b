/*
 * Texts of the error table in err.h. Called from any thread; returns static strings only.
 */
#include "base/err.h"

const char *sn_err_text(int err)
{
	switch (err) {
#define SN_ERR_CASE(name, value, text)                                                             \
	case SN_##name:                                                                            \
		return text;
		SN_ERR_TABLE(SN_ERR_CASE)
#undef SN_ERR_CASE
	default:
		return err > 0 ? "success" : "unknown error";
	}
}
