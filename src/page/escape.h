/*
 * Texts of others inside our pages: as JSON strings, in HTML, in the query of a link. Whatever the
 * octets, the page stays what it is; what is not UTF-8 becomes U+FFFD. Any thread.
 */
#ifndef SN_PAGE_ESCAPE_H
#define SN_PAGE_ESCAPE_H

#include <stdio.h>

/* A JSON string with its quotes; NULL: null. */
void sn_escape_json(FILE *out, const char *s);

/* Text or the value of an attribute in quotes. */
void sn_escape_html(FILE *out, const char *s);

/* A name or value of a query (RFC 3986 section 2.1); needs no further escape in HTML. */
void sn_escape_query(FILE *out, const char *s);

#endif
