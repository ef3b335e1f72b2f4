/* SPDX-License-Identifier: BSD-2-Clause */
/* ESC and one byte, or CSI (ESC [) up to its final byte: pure. */
#include "core/escape.h"

bool escape_skip(enum escape_state *state, char c)
{
	switch (*state) {
	case ESCAPE_NONE:
		if (c != '\033')
			return false;
		*state = ESCAPE_BEGUN;
		return true;
	case ESCAPE_BEGUN:
		*state = c == '[' ? ESCAPE_CSI : ESCAPE_NONE;
		return true;
	default:
		/* ECMA-48 5.4: final bytes are 4/0 to 7/14. */
		if (c >= '@' && c <= '~')
			*state = ESCAPE_NONE;
		/* A line's end is never part of one: do not lose a line. */
		if (c == '\n')
			*state = ESCAPE_NONE;
		return c != '\n';
	}
}
