/*
 * docs/CONFIG.md from the option table: the page is part of the repository, a test compares the two
 * and writes it anew when SONDE_UPDATE_DOCS=1.
 */
#ifndef TEST_SUPPORT_CONFIG_DOC_H
#define TEST_SUPPORT_CONFIG_DOC_H

#include <stdio.h>

void config_doc_write(FILE *out);

#endif
