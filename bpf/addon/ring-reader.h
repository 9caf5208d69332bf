// SPDX-License-Identifier: Apache-2.0
// The reading side of the rings; bpf/include/ring.h has the rules.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "record.h"

struct ring_buffer;

class RingReader {
public:
	// Gets a record's bytes, which are valid during the call: a header and, as far as it tells, its payload.
	using OnRecord = std::function<void(const void *data, size_t size)>;

	RingReader() = default;
	~RingReader();
	RingReader(const RingReader &) = delete;
	RingReader &operator=(const RingReader &) = delete;

	// Maps `count` rings of `bytes` each. Returns 0 or what errno says.
	int Open(int rings_fd, int wakeups_fd, uint32_t count, uint32_t bytes);
	// Gives what is complete, ring by ring and in order, until `stopping`. Returns how many records it gave.
	size_t Read(const OnRecord &on_record, const std::atomic<bool> &stopping);
	// Becomes readable when the reader should not wait any longer.
	int EpollFd() const;
	// Rings given up because a record in them was against the rules.
	uint64_t Malformed() const { return malformed_.load(std::memory_order_relaxed); }

private:
	size_t ReadOne(ring *one, const OnRecord &on_record, const std::atomic<bool> &stopping, bool &broken);

	std::vector<ring *> rings_;
	uint32_t ring_bytes_ = 0;
	void *memory_ = nullptr;
	size_t memory_bytes_ = 0;
	ring_buffer *wakeups_ = nullptr;
	std::atomic<uint64_t> malformed_{0};
};
