/*
 * The frame of every page for people: head, navigation, foot, and the two files that all of them
 * use. No page needs anything from elsewhere, nor JavaScript. Any thread.
 */
#ifndef SN_PAGE_HTML_H
#define SN_PAGE_HTML_H

#include <stdio.h>

#define SN_HTML_TYPE "text/html; charset=utf-8"

/* What browsers may do with our pages: load our own style and script, nothing else. */
#define SN_HTML_POLICY                                                                             \
	"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "            \
	"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* To the beginning of <main>. title is escaped. */
void sn_html_begin(FILE *out, const char *title);

/* From the end of <main>. */
void sn_html_end(FILE *out);

/* assets/page.css and assets/page.js */
extern const char sn_html_style[];
extern const char sn_html_script[];

#endif
