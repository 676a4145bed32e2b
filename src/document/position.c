/*
 * Places in a text, see position.h. Main thread.
 */
#include "document/position.h"

static bool begins_character(uint8_t byte)
{
	return (byte & 0xc0) != 0x80;
}

struct sn_place sn_position_of(const char *file, struct sn_span text, size_t offset)
{
	struct sn_place at = {file, 1, 1};

	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (begins_character(text.p[i])) {
			at.column++;
		}
	}
	return at;
}

uint8_t sn_position_byte(struct sn_span text, struct sn_place at)
{
	size_t i = 0;

	for (; i < text.n && at.line > 1; i++) {
		at.line -= text.p[i] == '\n';
	}
	for (; i < text.n; i++) {
		if (begins_character(text.p[i]) && --at.column == 0) {
			return text.p[i];
		}
	}
	return 0;
}
