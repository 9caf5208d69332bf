/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which sockets and processes are selected. */
#pragma once

#include "socket.h"

/* Kubernetes nests five or six levels; systemd and nested containers add a few. */
#define MAX_CGROUP_DEPTH 16

static __always_inline struct cgroup *parent_cgroup(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *parent = BPF_CORE_READ(cgroup, self.parent);
	if (!parent)
		return 0;
	return (struct cgroup *)((char *)parent - bpf_core_field_offset(struct cgroup, self));
}

/* Is this cgroup, or an ancestor of it, a target? */
static __always_inline bool cgroup_selected(struct cgroup *cgroup)
{
	u32 now = control.generation;
	u64 id = BPF_CORE_READ(cgroup, kn, id);
	u64 *known = bpf_map_lookup_elem(&cgroup_verdicts, &id);
	if (known && (u32)(*known >> 1) == now)
		return *known & 1;

	u64 selected = 0;
	struct cgroup *level = cgroup;
	for (int depth = 0; depth < MAX_CGROUP_DEPTH; depth++) {
		u64 level_id = BPF_CORE_READ(level, kn, id);
		if (bpf_map_lookup_elem(&target_cgroups, &level_id)) {
			selected = 1;
			break;
		}
		level = parent_cgroup(level);
		if (!level)
			break;
	}
	u64 verdict = ((u64)now << 1) | selected;
	bpf_map_update_elem(&cgroup_verdicts, &id, &verdict, BPF_ANY);
	return selected;
}

static __always_inline bool process_selected(struct task_struct *task, u32 flags)
{
	if (flags & TARGET_BY_PID) {
		u32 tgid = task->tgid;
		if (bpf_map_lookup_elem(&target_pids, &tgid))
			return true;
	}
	if (flags & TARGET_BY_COMM) {
		/* The name of the process, not of the worker thread that happens to do the I/O. */
		struct comm_key key = {};
		BPF_CORE_READ_STR_INTO(&key.comm, task, group_leader, comm);
		if (bpf_map_lookup_elem(&target_comms, &key))
			return true;
	}
	return false;
}

static __always_inline bool port_selected(struct sock *sk, u32 flags)
{
	if (!(flags & TARGET_PORTS))
		return true;
	u16 port = local_port(sk);
	return bpf_map_lookup_elem(&target_ports, &port) != 0;
}

/* The socket's own cgroup decides, not that of whoever uses it: right in softirq and for passed sockets. */
static __always_inline bool socket_cgroup_selected(struct sock *sk, u32 flags)
{
	if (!(flags & TARGET_BY_CGROUP))
		return false;
	struct cgroup *cgroup = socket_cgroup(sk);
	return cgroup && cgroup_selected(cgroup);
}

static __always_inline bool task_selected(struct task_struct *task, u32 flags)
{
	if (process_selected(task, flags))
		return true;
	if (!(flags & TARGET_BY_CGROUP))
		return false;
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	return cgroup && cgroup_selected(cgroup);
}
