/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal escape sequences (ECMA-48), only to leave them out of plain text. */
#ifndef CORE_ESCAPE_H
#define CORE_ESCAPE_H

#include "core/types.h"

enum escape_state { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI };

/* True: @c belongs to an escape sequence. */
bool escape_skip(enum escape_state *state, char c);

#endif
