// SPDX-License-Identifier: Apache-2.0
#include "ring-reader.h"

#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace {

// Room is given back in pieces of this size, so that writers and reader seldom meet at one cache line.
constexpr uint64_t kReturnBytes = 64 * 1024;

constexpr uint64_t RoundUp(uint64_t value, uint64_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

RingReader::~RingReader()
{
	ring_buffer__free(wakeups_);
	if (memory_)
		munmap(memory_, memory_bytes_);
}

int RingReader::Open(int rings_fd, int wakeups_fd, uint32_t count, uint32_t bytes)
{
	// Elements of a BPF array begin at multiples of eight.
	uint64_t stride = RoundUp(RING_VALUE_SIZE(bytes), 8);
	uint64_t length = RoundUp(stride * count, sysconf(_SC_PAGESIZE));
	void *memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, rings_fd, 0);
	if (memory == MAP_FAILED)
		return errno;
	memory_ = memory;
	memory_bytes_ = length;
	ring_bytes_ = bytes;
	for (uint32_t index = 0; index < count; index++)
		rings_.push_back(reinterpret_cast<ring *>(static_cast<uint8_t *>(memory) + index * stride));
	auto ignore = [](void *, void *, size_t) { return 0; };
	wakeups_ = ring_buffer__new(wakeups_fd, ignore, nullptr, nullptr);
	return wakeups_ ? 0 : errno;
}

int RingReader::EpollFd() const { return ring_buffer__epoll_fd(wakeups_); }

size_t RingReader::Read(const OnRecord &on_record, const std::atomic<bool> &stopping)
{
	ring_buffer__consume(wakeups_);
	size_t records = 0;
	for (auto one = rings_.begin(); one != rings_.end();) {
		bool broken = false;
		records += ReadOne(*one, on_record, stopping, broken);
		// Where the next record begins is not known; what comes is counted by the programs, as the ring stays full.
		one = broken ? rings_.erase(one) : one + 1;
	}
	return records;
}

size_t RingReader::ReadOne(ring *one, const OnRecord &on_record, const std::atomic<bool> &stopping,
			   bool &broken)
{
	auto *memory = reinterpret_cast<uint8_t *>(one + 1);
	const uint64_t mask = ring_bytes_ - 1;
	const uint64_t return_bytes = std::min<uint64_t>(kReturnBytes, ring_bytes_ / 8);
	uint64_t returned = one->read, position = returned;
	size_t records = 0;
	auto give_back = [&] {
		__atomic_store_n(&one->read, position, __ATOMIC_RELEASE);
		returned = position;
	};
	// At most one round at a time: the other rings have their turn, however fast this one fills.
	const uint64_t end = position + ring_bytes_;
	while (position < end && !stopping.load(std::memory_order_relaxed)) {
		auto *slot = reinterpret_cast<ring_slot *>(memory + (position & mask));
		const uint64_t word = __atomic_load_n(&slot->size, __ATOMIC_ACQUIRE);
		// Nothing more, or not complete yet.
		if (word == 0)
			break;
		const uint64_t size = word & ~RING_DISCARDED;
		if (size < sizeof(ring_slot) || size > RING_OVERHANG || size % RING_GRANULE != 0) {
			malformed_.fetch_add(1, std::memory_order_relaxed);
			broken = true;
			break;
		}
		if (!(word & RING_DISCARDED)) {
			on_record(&slot->header, size - offsetof(ring_slot, header));
			records++;
		}
		for (uint64_t granule = 0; granule < size; granule += RING_GRANULE)
			*reinterpret_cast<uint64_t *>(memory + ((position + granule) & mask)) = 0;
		position += size;
		if (position - returned >= return_bytes)
			give_back();
	}
	give_back();
	return records;
}
