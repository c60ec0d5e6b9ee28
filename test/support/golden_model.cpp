// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/golden_model.hpp"

#include "engine/model/config.hpp"
#include "engine/model/weight_hash.hpp"
#include "runtime/base/check.hpp"
#include "runtime/json/write.hpp"
#include "test/support/model_files.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>

namespace troupe::test {
namespace {

const std::string folder = TROUPE_SOURCE_DIR "/test/goldens/models";

std::uint32_t sextet_of(char letter) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = alphabet.find(letter);
  TROUPE_CHECK(at != std::string_view::npos);
  return static_cast<std::uint32_t>(at);
}

std::vector<std::uint8_t> from_base64(std::string_view text) {
  std::vector<std::uint8_t> out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char letter : text) {
    if (letter == '=') {
      break;
    }
    held = held << 6U | sextet_of(letter);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(held >> static_cast<unsigned>(bits)));
    }
  }
  return out;
}

const json::value& member(const json::value& of, std::string_view name) {
  const auto* found = of.find(name);
  TROUPE_CHECK(found != nullptr);
  return *found;
}

const json::value::array& list(const json::value& of) {
  TROUPE_CHECK(of.as_array() != nullptr);
  return *of.as_array();
}

template <class T>
T number(const json::value& of) {
  const auto got = of.as_number();
  TROUPE_CHECK(got.has_value());
  return static_cast<T>(*got);
}

template <class T>
std::vector<T> numbers(const json::value& of) {
  std::vector<T> all;
  for (const auto& item : list(of)) {
    all.push_back(number<T>(item));
  }
  return all;
}

std::vector<std::vector<float>> rows(const json::value& of, std::size_t width) {
  std::vector<std::vector<float>> all;
  for (const auto& item : list(of)) {
    all.push_back(floats_of(*item.as_string(), width));
  }
  return all;
}

tensor_source tensor_of(const golden_tensor& from, std::uint64_t seed, const std::string& type) {
  const engine::weight_hash hash{seed, from.name};
  std::uint64_t count = 1;
  for (const auto size : from.shape) {
    count *= size;
  }
  const std::size_t width = type == "F32" ? 4 : 2;
  tensor_source out{type, from.shape, bytes(count * width)};
  for (std::uint64_t i = 0; i < count; ++i) {
    const float value = hash.value(i, from.center, from.spread);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto half = type == "F16" ? to_f16(value) : static_cast<std::uint16_t>(bits >> 16U);
    std::memcpy(out.data.data() + i * width, width == 4 ? static_cast<const void*>(&bits) : &half,
                width);
  }
  return out;
}

} // namespace

std::vector<float> floats_of(std::string_view text, std::size_t width) {
  const auto data = from_base64(text);
  TROUPE_CHECK(data.size() % width == 0);
  std::vector<float> row;
  for (std::size_t at = 0; at < data.size(); at += width) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < width; ++i) {
      bits |= std::uint32_t{data[at + i]} << (8 * (i + 4 - width));
    }
    row.push_back(std::bit_cast<float>(bits));
  }
  return row;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

golden_model read_golden(const std::string& name) {
  const auto document = engine::read_json_file(folder + "/" + name + ".json");
  TROUPE_CHECK(document.has_value());
  const auto& from = *document;
  golden_model model;
  model.family = name;
  model.seed = number<std::uint64_t>(member(from, "seed"));
  model.fp32_limit = number<double>(member(member(from, "limits"), "fp32"));
  model.bf16_limit = number<double>(member(member(from, "limits"), "bf16"));
  model.config = member(from, "config");
  for (const auto& item : list(member(from, "tensors"))) {
    const auto& parts = list(item);
    model.tensors.push_back({*parts[0].as_string(), numbers<std::uint64_t>(parts[1]),
                             number<std::int32_t>(parts[2]), number<std::int32_t>(parts[3])});
  }
  for (const auto& item : list(member(from, "known"))) {
    const auto& parts = list(item);
    model.known.push_back(
        {*parts[0].as_string(), number<std::uint64_t>(parts[1]), number<float>(parts[2])});
  }
  model.prompt = numbers<token_id>(member(from, "prompt"));
  model.greedy = numbers<token_id>(member(from, "greedy"));
  model.gaps = numbers<double>(member(from, "gaps"));
  model.positions = numbers<std::size_t>(member(from, "positions"));
  model.fp32 = rows(member(from, "logits_fp32"), 4);
  model.bf16 = rows(member(from, "logits_bf16"), 2);
  TROUPE_CHECK(model.fp32.size() == model.positions.size());
  TROUPE_CHECK(model.bf16.size() == model.positions.size());
  TROUPE_CHECK(model.gaps.size() == model.greedy.size());
  return model;
}

void write_golden(const std::string& directory, const golden_model& of, const std::string& type) {
  write_file(directory + "/config.json", json::write(of.config));
  tensor_sources tensors;
  for (const auto& tensor : of.tensors) {
    tensors[tensor.name] = tensor_of(tensor, of.seed, type);
  }
  write_file(directory + "/model.safetensors", safetensors_text(tensors));
}

} // namespace troupe::test
