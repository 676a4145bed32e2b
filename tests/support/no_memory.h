/*
 * malloc that has nothing to give while a test says so. For a test that is linked with
 * -Wl,--wrap=malloc; Check allocates as well, so only around what is tested.
 */
#ifndef TEST_SUPPORT_NO_MEMORY_H
#define TEST_SUPPORT_NO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool no_memory; /* malloc fails */

void *__wrap_malloc(size_t n)
{
	return no_memory ? NULL : __real_malloc(n);
}

#endif
