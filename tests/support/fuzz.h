/*
 * What the fuzz targets share: a check that also holds in builds without assert.
 */
#ifndef TEST_SUPPORT_FUZZ_H
#define TEST_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property of the product that must hold for every input; the input is a finding if it does not.
 */
#define fuzz_expect(cond)                                                                          \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #cond);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
