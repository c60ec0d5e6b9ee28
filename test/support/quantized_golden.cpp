// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/quantized_golden.hpp"

#include "engine/model/config.hpp"
#include "engine/model/weight_hash.hpp"
#include "runtime/base/check.hpp"
#include "runtime/json/write.hpp"
#include "test/support/golden_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace troupe::test {
namespace {

const std::string folder = TROUPE_SOURCE_DIR "/test/goldens/quantized";

const json::value& member(const json::value& of, std::string_view name) {
  const auto* found = of.find(name);
  TROUPE_CHECK(found != nullptr);
  return *found;
}

std::uint64_t count_of(const json::value& of) {
  TROUPE_CHECK(of.as_integer() != nullptr);
  return static_cast<std::uint64_t>(*of.as_integer());
}

std::uint64_t hex_of(const json::value& of) {
  return std::stoull(*of.as_string(), nullptr, 16);
}

std::size_t width_of(const std::string& type) {
  if (type == "F32" || type == "I32") {
    return 4;
  }
  return type == "F16" || type == "BF16" ? 2 : 1;
}

/// The bits of a number that the type holds exactly and as no subnormal.
std::uint32_t bits_of(float value, const std::string& type) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (type == "F32") {
    return bits;
  }
  if (type == "BF16") {
    return bits >> 16U;
  }
  TROUPE_CHECK(std::fabs(value) >= 0x1p-14F);
  return (bits >> 16U & 0x8000U) | ((bits >> 13U & 0x3ffffU) - (112U << 10U));
}

/// [name, type, shape, making, ...]
tensor_source tensor_of(const json::value::array& from, std::uint64_t seed) {
  tensor_source out{*from[1].as_string(), {}, {}};
  std::uint64_t count = 1;
  for (const auto& size : *from[2].as_array()) {
    out.shape.push_back(count_of(size));
    count *= out.shape.back();
  }
  const engine::weight_hash hash{seed, *from[0].as_string()};
  const auto& making = *from[3].as_string();
  const auto a = count_of(from[4]);
  const auto b = count_of(from[5]);
  const auto shift = static_cast<int>(count_of(from[6]));
  const auto width = width_of(out.type);
  out.data.resize(count * width);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    if (making == "numbers") {
      const float value = hash.value(i, static_cast<std::int32_t>(a), static_cast<std::int32_t>(b));
      bits = bits_of(std::ldexp(value, -shift), out.type);
    } else if (making == "bits") {
      bits = static_cast<std::uint32_t>((hash.draw(i) & a) + b);
    } else {
      TROUPE_CHECK(making == "turned");
      bits = static_cast<std::uint32_t>(i * a % count / b);
    }
    std::memcpy(out.data.data() + i * width, &bits, width);
  }
  return out;
}

} // namespace

std::vector<std::string> quantized_golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

quantized_golden read_quantized_golden(const std::string& name) {
  const auto document = engine::read_json_file(folder + "/" + name + ".json");
  TROUPE_CHECK(document.has_value());
  const auto& from = *document;
  const auto seed = count_of(member(from, "seed"));
  quantized_golden out;
  out.config = member(from, "config");
  for (const auto& item : *member(from, "tensors").as_array()) {
    const auto& parts = *item.as_array();
    out.tensors[*parts[0].as_string()] = tensor_of(parts, seed);
  }
  for (const auto& item : *member(from, "matrices").as_array()) {
    const auto& parts = *item.as_array();
    out.matrices.push_back({*parts[0].as_string(), hex_of(parts[1])});
  }
  for (const auto& item : *member(from, "prompt").as_array()) {
    out.prompt.push_back(static_cast<token_id>(count_of(item)));
  }
  for (const auto& item : *member(from, "positions").as_array()) {
    out.positions.push_back(count_of(item));
  }
  for (const auto& item : *member(from, "logits").as_array()) {
    out.logits.push_back(floats_of(*item.as_string(), 4));
  }
  return out;
}

void write_model(const std::string& directory, const quantized_golden& of) {
  write_file(directory + "/config.json", json::write(of.config));
  write_file(directory + "/model.safetensors", safetensors_text(of.tensors));
}

std::uint64_t sum_of(std::span<const float> numbers, std::uint64_t first) {
  std::uint64_t sum = 0;
  for (const float number : numbers) {
    sum += std::bit_cast<std::uint32_t>(number) * (2 * first++ + 1);
  }
  return sum;
}

} // namespace troupe::test
