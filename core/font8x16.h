/* SPDX-License-Identifier: BSD-2-Clause */
/* The font of the framebuffer console. */
#ifndef CORE_FONT8X16_H
#define CORE_FONT8X16_H

#include "core/types.h"

#define FONT_WIDTH	8
#define FONT_HEIGHT	16

/* Pixel row @y of @c, leftmost in bit 7; '?' for what it does not have. */
u8 font_row(char c, u32 y);

#endif
