// SPDX-License-Identifier: Apache-2.0
#include "node-values.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace {

constexpr size_t kMaxMessages = 8192;

thread_local std::string messages;

int CollectMessage(libbpf_print_level level, const char *format, va_list arguments)
{
	if (level != LIBBPF_WARN || messages.size() > kMaxMessages)
		return 0;
	char line[2048];
	int length = vsnprintf(line, sizeof(line), format, arguments);
	if (length > 0)
		messages.append(line, std::min<size_t>(length, sizeof(line) - 1));
	return length;
}

}  // namespace

void CollectMessages()
{
	libbpf_set_print(CollectMessage);
}

void ForgetMessages()
{
	messages.clear();
}

void Fail(Napi::Env env, const std::string &what, int error)
{
	std::string message = what + ": " + std::strerror(error);
	if (!messages.empty())
		message += "\n" + messages;
	messages.clear();
	Napi::Error thrown = Napi::Error::New(env, message);
	thrown.Value().Set("errno", Napi::Number::New(env, error));
	throw thrown;
}

std::string RequiredString(const Napi::Object &options, const char *name)
{
	Napi::Value value = options.Get(name);
	if (!value.IsString())
		throw Napi::TypeError::New(options.Env(), std::string(name) + " must be a string");
	return value.As<Napi::String>().Utf8Value();
}

uint32_t RequiredPowerOfTwo(const Napi::Object &options, const char *name, uint32_t min, uint32_t max)
{
	Napi::Value value = options.Get(name);
	double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
	if (!(number >= min && number <= max) || (static_cast<uint64_t>(number) & (static_cast<uint64_t>(number) - 1)))
		throw Napi::RangeError::New(options.Env(), std::string(name) + " must be a power of two from " +
							    std::to_string(min) + " to " + std::to_string(max));
	return static_cast<uint32_t>(number);
}

const uint8_t *Bytes(const Napi::Value &value, size_t expected, const char *what)
{
	if (!value.IsBuffer() || value.As<Napi::Buffer<uint8_t>>().Length() != expected)
		throw Napi::TypeError::New(value.Env(), std::string(what) + " must be a buffer of " +
								std::to_string(expected) + " bytes");
	return value.As<Napi::Buffer<uint8_t>>().Data();
}

std::vector<uint64_t> Numbers(const Napi::Value &value)
{
	Napi::Array array = value.As<Napi::Array>();
	std::vector<uint64_t> numbers;
	for (uint32_t i = 0; i < array.Length(); i++)
		numbers.push_back(static_cast<uint64_t>(array.Get(i).ToNumber().Int64Value()));
	return numbers;
}
