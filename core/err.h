/* SPDX-License-Identifier: BSD-2-Clause */
/* Error numbers: functions return 0 or one of these, negated. */
#ifndef CORE_ERR_H
#define CORE_ERR_H

enum {
	EPERM = 1,	/* refused by policy */
	ENOENT = 2,	/* no such thing */
	EIO = 5,	/* hardware did not answer as it must */
	E2BIG = 7,	/* does not fit */
	EAGAIN = 11,	/* try again: someone else owns it now */
	ENOMEM = 12,	/* out of memory */
	EFAULT = 14,	/* address not backed by memory */
	EBUSY = 16,	/* in use */
	EEXIST = 17,	/* already there, or overlaps */
	ENODEV = 19,	/* hardware or feature missing */
	EINVAL = 22,	/* value not allowed */
	ENOSPC = 28,	/* table full */
	ERANGE = 34,	/* out of range */
	ENOSYS = 38,	/* no such function */
	ETIMEDOUT = 110,	/* a bounded wait ran out */
};

#endif
