/*
 * The page docs/METRICS.md, made from the tables of metrics.
 */
#ifndef TEST_SUPPORT_METRICS_DOC_H
#define TEST_SUPPORT_METRICS_DOC_H

#include <stdio.h>

void metrics_doc_write(FILE *out);

#endif
