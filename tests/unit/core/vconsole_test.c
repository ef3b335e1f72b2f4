/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vconsole.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "tests/unit/test.h"

#define BYTES 200000u

static struct vconsole vc;

static void reset(void)
{
	memset(&vc, 0, sizeof(vc));
}

TEST(first_byte_owes_a_notification)
{
	char buf[8];

	reset();
	EXPECT(!vconsole_out_ready(&vc));
	EXPECT(vconsole_out(&vc, 'a'));
	EXPECT(!vconsole_out(&vc, 'b'));
	EXPECT(vconsole_out_ready(&vc));
	EXPECT_EQ(vconsole_take(&vc, buf, sizeof(buf)), 2);
	EXPECT_MEM(buf, "ab", 2);
	EXPECT(!vconsole_out_ready(&vc));
	EXPECT(vconsole_out(&vc, 'c'));
}

TEST(ready_as_long_as_the_flag_is_set)
{
	char buf[8];

	reset();
	EXPECT(vconsole_out(&vc, 'a'));
	/* A take that ran between the byte and its flag. */
	vc.out_tail = vc.out_head;
	EXPECT(vconsole_out_ready(&vc));
	EXPECT_EQ(vconsole_take(&vc, buf, sizeof(buf)), 0);
	EXPECT(!vconsole_out_ready(&vc));
	EXPECT(vconsole_out(&vc, 'b'));
}

TEST(full_output_drops_and_counts)
{
	static char buf[VCONSOLE_OUT_BYTES + 10];
	u32 notifications = 0;

	reset();
	for (u32 i = 0; i < VCONSOLE_OUT_BYTES + 5; i++)
		notifications += vconsole_out(&vc, (char)i);
	EXPECT_EQ(notifications, 1);
	EXPECT_EQ(vc.out_dropped, 5);
	EXPECT_EQ(vconsole_take(&vc, buf, sizeof(buf)), VCONSOLE_OUT_BYTES);
	EXPECT_EQ((u8)buf[300], 300 % 256);
}

TEST(indices_wrap_around)
{
	char buf[4];

	reset();
	vc.out_head = vc.out_tail = ~0u - 1;
	vc.in_head = vc.in_tail = ~0u;
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(vconsole_out(&vc, (char)('a' + i)), i == 0);
	EXPECT_EQ(vconsole_take(&vc, buf, sizeof(buf)), 4);
	EXPECT_MEM(buf, "abcd", 4);
	EXPECT(vconsole_put(&vc, 'x'));
	EXPECT(vconsole_put(&vc, 'y'));
	EXPECT_EQ(vconsole_in(&vc), 'x');
	EXPECT_EQ(vconsole_in(&vc), 'y');
	EXPECT_EQ(vconsole_in(&vc), -1);
}

TEST(full_input_says_so)
{
	reset();
	EXPECT(!vconsole_in_ready(&vc));
	for (u32 i = 0; i < VCONSOLE_IN_BYTES; i++) {
		EXPECT(!vconsole_in_full(&vc));
		EXPECT(vconsole_put(&vc, (char)i));
	}
	EXPECT(vconsole_in_full(&vc));
	EXPECT(!vconsole_put(&vc, 'x'));
	EXPECT(vconsole_in_ready(&vc));
	EXPECT_EQ(vconsole_in(&vc), 0);
	EXPECT(vconsole_put(&vc, 'x'));
}

/* A guest that prints, and a host that looks only when it was notified. */
static u32 notified;

static void *guest_thread(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < BYTES; i++) {
		while (__atomic_load_n(&vc.out_head, __ATOMIC_RELAXED) -
			       __atomic_load_n(&vc.out_tail,
					       __ATOMIC_RELAXED) >=
		       VCONSOLE_OUT_BYTES)
			sched_yield();
		if (vconsole_out(&vc, (char)(i * 7)))
			__atomic_store_n(&notified, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

TEST(no_byte_and_no_wakeup_is_lost)
{
	pthread_t guest;
	char buf[100];
	u32 got = 0, wrong = 0;

	reset();
	notified = 0;
	pthread_create(&guest, NULL, guest_thread, NULL);
	while (got < BYTES) {
		if (!__atomic_exchange_n(&notified, 0, __ATOMIC_ACQUIRE)) {
			sched_yield();
			continue;
		}
		while (vconsole_out_ready(&vc)) {
			size_t len = vconsole_take(&vc, buf, sizeof(buf));

			for (size_t i = 0; i < len; i++)
				wrong += buf[i] != (char)(got++ * 7);
		}
	}
	pthread_join(guest, NULL);
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(vc.out_dropped, 0);
}

static void *keys_thread(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < BYTES; i++)
		while (!vconsole_put(&vc, (char)(i * 3)))
			sched_yield();
	return NULL;
}

TEST(keys_arrive_in_order)
{
	pthread_t host;
	u32 wrong = 0;

	reset();
	pthread_create(&host, NULL, keys_thread, NULL);
	for (u32 got = 0; got < BYTES;) {
		int c = vconsole_in(&vc);

		if (c < 0)
			sched_yield();
		else
			wrong += (char)c != (char)(got++ * 3);
	}
	pthread_join(host, NULL);
	EXPECT_EQ(wrong, 0);
}
