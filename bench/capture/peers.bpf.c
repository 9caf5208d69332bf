/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Where other tools place their hooks, for comparison only: tracepoint pairs around each system call that may move
 * bytes of a socket, with a map of calls under way between the two; probes at entry and return of the exported TLS
 * functions; a record per call, and the reader woken for each. Same ring and record format as the capture's own.
 */
#include "kernel-types.h"
#include "ring.h"
#include "targets.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define PIECE 4096

struct call {
	u64 buffer;
	u64 count;
	u32 descriptor;
	u8 direction;
	u8 vector;
	u8 layer;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline bool selected(void)
{
	return process_selected(bpf_get_current_task_btf(), control.target_flags);
}

static __always_inline int enter(u64 buffer, u64 count, u32 descriptor, u8 direction, u8 vector, u8 layer)
{
	if (!selected())
		return 0;
	u64 id = bpf_get_current_pid_tgid();
	struct call call = {
		.buffer = buffer,
		.count = count,
		.descriptor = descriptor,
		.direction = direction,
		.vector = vector,
		.layer = layer,
	};
	bpf_map_update_elem(&calls, &id, &call, BPF_ANY);
	return 0;
}

static __always_inline int leave(long result)
{
	u64 id = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &id);
	if (!call)
		return 0;
	if (result > 0) {
		u64 address = call->buffer;
		u64 length = result;
		if (call->vector) {
			u64 segment[2] = {};
			if (bpf_probe_read_user(segment, sizeof(segment), (void *)address) == 0) {
				address = segment[0];
				if (segment[1] < length)
					length = segment[1];
			}
		}
		if (length > PIECE)
			length = PIECE;
		struct reservation reservation = ring_reserve(0, PIECE, settings.ring_bytes);
		if (reservation.slot) {
			struct record_header *header = &reservation.slot->header;
			__builtin_memset(header, 0, sizeof(*header));
			header->kind = RECORD_DATA;
			header->direction = call->direction;
			header->layer = call->layer;
			header->connection = (id >> 32) << 20 | call->descriptor;
			header->time_ns = bpf_ktime_get_ns();
			header->pid = id >> 32;
			header->length = length;
			bpf_get_current_comm(header->comm, sizeof(header->comm));
			bpf_probe_read_user(header + 1, length & (PIECE - 1), (void *)address);
			ring_submit(&reservation);
			/* As the kernel's ring buffer does: when the reader has read all that came before. */
			if (!reservation.unread)
				wake_reader();
		} else {
			count(COUNTER_RING_FULL_RECORDS, 1);
			count(COUNTER_RING_FULL_BYTES, length);
		}
	}
	bpf_map_delete_elem(&calls, &id);
	return 0;
}

struct enter_context {
	u64 common;
	s32 number;
	u32 padding;
	u64 arguments[6];
};

struct exit_context {
	u64 common;
	s32 number;
	u32 padding;
	long result;
};

#ifdef PAIRS
#define PAIR(name, direction, vector)                                                                          \
	SEC("tp/syscalls/sys_enter_" #name)                                                                    \
	int enter_##name(struct enter_context *ctx)                                                            \
	{                                                                                                      \
		return enter(ctx->arguments[1], ctx->arguments[2], ctx->arguments[0], direction, vector, LAYER_SOCKET); \
	}                                                                                                      \
	SEC("tp/syscalls/sys_exit_" #name)                                                                     \
	int exit_##name(struct exit_context *ctx)                                                              \
	{                                                                                                      \
		return leave(ctx->result);                                                                     \
	}

PAIR(read, DIRECTION_REQUEST, 0)
PAIR(readv, DIRECTION_REQUEST, 1)
PAIR(recvfrom, DIRECTION_REQUEST, 0)
PAIR(recvmsg, DIRECTION_REQUEST, 0)
PAIR(write, DIRECTION_RESPONSE, 0)
PAIR(writev, DIRECTION_RESPONSE, 1)
PAIR(sendto, DIRECTION_RESPONSE, 0)
PAIR(sendmsg, DIRECTION_RESPONSE, 0)
PAIR(sendfile64, DIRECTION_RESPONSE, 0)
PAIR(accept4, DIRECTION_RESPONSE, 0)
PAIR(connect, DIRECTION_RESPONSE, 0)
#else

SEC("uprobe")
int tls_read_enter(struct pt_regs *ctx)
{
	return enter(ctx->si, ctx->dx, 0, DIRECTION_REQUEST, 0, LAYER_TLS);
}

SEC("uprobe")
int tls_write_enter(struct pt_regs *ctx)
{
	return enter(ctx->si, ctx->dx, 0, DIRECTION_RESPONSE, 0, LAYER_TLS);
}

SEC("uretprobe")
int tls_exit(struct pt_regs *ctx)
{
	return leave((int)ctx->ax);
}
#endif
