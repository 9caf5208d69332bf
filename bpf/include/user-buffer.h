/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Where the bytes of a socket call lie: the socket tracepoints run inside the system call, so its number and
 * arguments are in the task's saved registers. Anything else (splice, sendfile, io_uring) has no buffer to read.
 */
#pragma once

#include "channel.h"

/* UIO_MAXIOV: the kernel takes no more. */
#define MAX_SEGMENTS 1024

/* Before the first bytes of a vectored call, for recognising a protocol. */
#define MAX_EMPTY_SEGMENTS 4

enum buffer_shape { BUFFER_NONE, BUFFER_FLAT, BUFFER_VECTOR, BUFFER_MESSAGE };

struct user_buffer {
	u64 base;
	u64 count;
	enum buffer_shape shape;
};

#if defined(__TARGET_ARCH_x86)
enum {
	NR_READ = 0, NR_WRITE = 1, NR_READV = 19, NR_WRITEV = 20,
	NR_SENDTO = 44, NR_RECVFROM = 45, NR_SENDMSG = 46, NR_RECVMSG = 47,
	NR_SENDFILE = 40, NR_SPLICE = 275, NR_PREADV2 = 327, NR_PWRITEV2 = 328,
};
#define USER_CODE_SEGMENT_64 0x33
static __always_inline bool native_call(struct pt_regs *regs)
{
	/* 32-bit processes number their system calls differently. */
	return regs->cs == USER_CODE_SEGMENT_64;
}
/*
 * Not a system call that is ending, whose registers are still there while io_uring finishes its work on the way out
 * (task work), nor a worker of io_uring, which has a copy of them: both move bytes that no argument points to. Until a
 * system call sets its result, the entry code's -ENOSYS stands there.
 */
static __always_inline bool inside_call(struct pt_regs *regs) { return (long)regs->ax == -ENOSYS; }
static __always_inline long call_number(struct pt_regs *regs) { return regs->orig_ax; }
static __always_inline u64 call_argument1(struct pt_regs *regs) { return regs->di; }
static __always_inline u64 call_argument2(struct pt_regs *regs) { return regs->si; }
static __always_inline u64 call_argument3(struct pt_regs *regs) { return regs->dx; }
static __always_inline u64 call_argument4(struct pt_regs *regs) { return regs->r10; }
#elif defined(__TARGET_ARCH_arm64)
enum {
	NR_READ = 63, NR_WRITE = 64, NR_READV = 65, NR_WRITEV = 66,
	NR_SENDTO = 206, NR_RECVFROM = 207, NR_SENDMSG = 211, NR_RECVMSG = 212,
	NR_SENDFILE = 71, NR_SPLICE = 76, NR_PREADV2 = 286, NR_PWRITEV2 = 287,
};
#define PSR_MODE32_BIT 0x10
static __always_inline bool native_call(struct pt_regs *regs) { return !(regs->pstate & PSR_MODE32_BIT); }
/* The same here: the result replaces the first argument. */
static __always_inline bool inside_call(struct pt_regs *regs) { return regs->regs[0] == regs->orig_x0; }
static __always_inline long call_number(struct pt_regs *regs) { return regs->syscallno; }
static __always_inline u64 call_argument1(struct pt_regs *regs) { return regs->orig_x0; }
static __always_inline u64 call_argument2(struct pt_regs *regs) { return regs->regs[1]; }
static __always_inline u64 call_argument3(struct pt_regs *regs) { return regs->regs[2]; }
static __always_inline u64 call_argument4(struct pt_regs *regs) { return regs->regs[3]; }
#endif

struct socket_call {
	u32 descriptor;
	u32 direction;
	/* MSG_… of a receive. */
	u32 flags;
};

/* Receives that take nothing from the stream: the same bytes come again, urgent data, what is told about sent packets. */
#define MSG_NO_STREAM (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)

/* Which descriptor a system call has moved bytes through, if it is one that can be a socket's. */
static __always_inline bool find_socket_call(struct pt_regs *regs, struct socket_call *call)
{
	call->descriptor = call_argument1(regs);
	call->direction = DIRECTION_REQUEST;
	call->flags = 0;
	switch (call_number(regs)) {
	case NR_READ:
	case NR_READV:
	case NR_PREADV2:
		return true;
	case NR_RECVFROM:
		call->flags = call_argument4(regs);
		return true;
	case NR_RECVMSG:
		call->flags = call_argument3(regs);
		return true;
	case NR_SPLICE:
		call->descriptor = call_argument3(regs);
		call->direction = DIRECTION_RESPONSE;
		return true;
	case NR_WRITE:
	case NR_WRITEV:
	case NR_PWRITEV2:
	case NR_SENDTO:
	case NR_SENDMSG:
	case NR_SENDFILE:
		call->direction = DIRECTION_RESPONSE;
		return true;
	}
	return false;
}

/* The user-space layout of struct iovec and of the members of struct msghdr in use (64-bit ABI). */
struct user_iovec {
	u64 base;
	u64 length;
};

struct user_msghdr {
	u64 name;
	u64 name_length;
	u64 iov;
	u64 iov_count;
};

static __always_inline void find_user_buffer(struct user_buffer *buffer)
{
	buffer->shape = BUFFER_NONE;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (!native_call(regs) || (settings.rung != RUNG_SYS_EXIT && !inside_call(regs)))
		return;
	buffer->base = call_argument2(regs);
	buffer->count = call_argument3(regs);
	switch (call_number(regs)) {
	case NR_READ:
	case NR_WRITE:
	case NR_RECVFROM:
	case NR_SENDTO:
		buffer->shape = BUFFER_FLAT;
		return;
	case NR_READV:
	case NR_WRITEV:
	case NR_PREADV2:
	case NR_PWRITEV2:
		buffer->shape = BUFFER_VECTOR;
		return;
	case NR_RECVMSG:
	case NR_SENDMSG: {
		struct user_msghdr message = {};
		if (bpf_probe_read_user(&message, sizeof(message), (void *)buffer->base))
			return;
		buffer->base = message.iov;
		buffer->count = message.iov_count;
		buffer->shape = BUFFER_VECTOR;
		return;
	}
	}
}

/* The first bytes that passed, zero-filled: how many there are; 0 when they cannot be read. */
static __always_inline u32 peek_user(const struct user_buffer *buffer, u8 *first, u32 size, u32 length)
{
	u64 base = buffer->base;
	if (buffer->shape == BUFFER_NONE)
		return 0;
	if (buffer->shape == BUFFER_VECTOR) {
		struct user_iovec segment = {};
		/* Empty ones may stand before the first with bytes. */
		for (u32 i = 0; i < MAX_EMPTY_SEGMENTS && !segment.length && i < buffer->count; i++)
			if (bpf_probe_read_user(&segment, sizeof(segment), (void *)(base + i * sizeof(segment))))
				return 0;
		base = segment.base;
		if (segment.length < length)
			length = segment.length;
	}
	if (length > size)
		length = size;
	return length && bpf_probe_read_user(first, length, (void *)base) == 0 ? length : 0;
}

struct vector_copy {
	struct channel *channel;
	u64 segments;
	u64 count;
	u32 remaining;
	u32 length;
	u32 direction;
};

static __always_inline void copy_one(struct vector_copy *copy, const struct user_iovec *segment)
{
	u32 length = copy->remaining;
	if (segment->length < length)
		length = segment->length;
	if (length) {
		copy_piece(copy->channel, segment->base, length, copy->direction,
			   copy->remaining == copy->length);
		copy->remaining -= length;
	}
}

static int copy_segment(u32 index, struct vector_copy *copy)
{
	if (!copy->remaining || index >= copy->count)
		return 1;
	struct user_iovec segment = {};
	if (bpf_probe_read_user(&segment, sizeof(segment), (void *)(copy->segments + index * sizeof(segment))))
		return 1;
	copy_one(copy, &segment);
	return 0;
}

__noinline int copy_vector(struct channel *channel, u64 segments, u64 count, u64 length_and_direction)
{
	if (!channel)
		return 0;
	struct vector_copy copy = {
		.channel = channel,
		.segments = segments,
		.count = count,
		.remaining = length_and_direction,
		.length = length_and_direction,
		.direction = length_and_direction >> 32,
	};
	/* Head and body: what most servers write, read at once. */
	struct user_iovec two[2] = {};
	if (count == 2 && bpf_probe_read_user(two, sizeof(two), (void *)segments) == 0) {
		copy_one(&copy, &two[0]);
		copy_one(&copy, &two[1]);
	} else {
		bpf_loop(MAX_SEGMENTS, copy_segment, &copy, 0);
	}
	if (copy.remaining)
		pass_unread(channel, copy.remaining, copy.direction);
	return 0;
}

/* All `length` bytes of the call. */
static __always_inline void copy_call(struct channel *channel, const struct user_buffer *buffer, u32 length,
				      u32 direction)
{
	if (buffer->shape == BUFFER_NONE)
		pass_unread(channel, length, direction);
	else if (buffer->shape == BUFFER_FLAT)
		copy_piece(channel, buffer->base, length, direction, true);
	else
		copy_vector(channel, buffer->base, buffer->count, ((u64)direction << 32) | length);
}
