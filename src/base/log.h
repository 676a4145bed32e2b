/*
 * Messages for the operator on stderr: "sonde: warning: text". One write(2) a line, so lines of
 * several threads never mix. Never called per packet (CONVENTIONS 9). Any thread.
 */
#ifndef SN_BASE_LOG_H
#define SN_BASE_LOG_H

#include "base/err.h"

enum sn_log_level { SN_LOG_ERROR, SN_LOG_WARNING, SN_LOG_INFO, SN_LOG_DEBUG };

/* Lines above this level are dropped; SN_LOG_INFO at start. Set before threads start. */
void sn_log_set_level(enum sn_log_level level);

/* Formats one line (cut at 2,000 bytes) and writes it. Under systemd lines begin with "<3>" to
 * "<7>". */
void sn_log(enum sn_log_level level, const char *fmt, ...) SN_PRINTF(2, 3);

#endif
