/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What uprobes read of the registers. */
#pragma once

#include "kernel-types.h"

#if defined(__TARGET_ARCH_x86)
#define ARGUMENT_1(context) ((context)->di)
#define ARGUMENT_2(context) ((context)->si)
#define ARGUMENT_4(context) ((context)->cx)
#define ARGUMENT_5(context) ((context)->r8)
#define RETURNED(context) ((context)->ax)
#define STACK_POINTER(context) ((context)->sp)
#elif defined(__TARGET_ARCH_arm64)
#define ARGUMENT_1(context) ((context)->regs[0])
#define ARGUMENT_2(context) ((context)->regs[1])
#define ARGUMENT_4(context) ((context)->regs[3])
#define ARGUMENT_5(context) ((context)->regs[4])
#define RETURNED(context) ((context)->regs[0])
#define STACK_POINTER(context) ((context)->sp)
#endif

#if defined(__TARGET_ARCH_x86)
/* Of the registers that calls leave as they are, number `number` in the encoding of x86-64. */
static __noinline u64 kept_register(struct pt_regs *ctx, u32 number)
{
	/* All read first: the verifier refuses a context pointer that the compiler moves to one or another. */
	u64 rbx = ctx->bx, rbp = ctx->bp, r12 = ctx->r12, r13 = ctx->r13, r14 = ctx->r14, r15 = ctx->r15;
	barrier_var(rbx);
	barrier_var(rbp);
	barrier_var(r12);
	barrier_var(r13);
	barrier_var(r14);
	barrier_var(r15);
	switch (number) {
	case 3:
		return rbx;
	case 5:
		return rbp;
	case 12:
		return r12;
	case 13:
		return r13;
	case 14:
		return r14;
	default:
		return r15;
	}
}
#endif
