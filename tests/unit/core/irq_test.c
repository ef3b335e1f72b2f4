/* SPDX-License-Identifier: BSD-2-Clause */
/* core/irq.c and core/cpu.c. */
#include "core/irq.h"

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/panic.h>

#include "core/cpu.h"
#include "core/log.h"

static u32 called, kicked;

static void handler(void)
{
	called++;
}

void cpu_kick(u32 cpu_index)
{
	kicked = cpu_index;
}

TEST(dispatch_counts_and_calls)
{
	hw_reset();
	called = 0;
	irq_set_handler(0x80, handler);
	irq_dispatch(0x80);
	irq_dispatch(0x80);
	EXPECT_EQ(called, 2);
	EXPECT_EQ(this_cpu()->irq_count, 2);
}

TEST(unknown_vector_is_survived)
{
	hw_reset();
	log_set_level(LOG_ERROR);
	called = 0;
	irq_dispatch(0x81);
	EXPECT_EQ(called, 0);
	EXPECT_EQ(this_cpu()->irq_count, 1);
}

TEST(exceptions_have_no_handler)
{
	hw_reset();
	EXPECT_PANIC(irq_set_handler(31, handler));
}

TEST(request_sets_bits_then_kicks)
{
	hw_reset();
	cpu_shared[7].requests = 0;
	cpu_request(7, CPU_REQ_VM);
	cpu_request(7, CPU_REQ_STOP);
	EXPECT_EQ(cpu_shared[7].requests, CPU_REQ_VM | CPU_REQ_STOP);
	EXPECT_EQ(kicked, 7);
}
