// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/embedding_format.hpp"

#include "actors/gateway/unit_vector.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace troupe::openai {

namespace {

/// The shortest decimal that reads back as the same float.
void append_float(std::string& out, float value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

} // namespace

void append_base64(std::string& out, std::span<const std::byte> data) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const auto have = std::min<std::size_t>(3, data.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < have ? static_cast<std::uint32_t>(data[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= have ? digits[bits >> (18U - 6U * i) & 63U] : '=';
    }
  }
}

void embedding_format::keep(std::uint32_t choice, const choice_delta& what) {
  vectors_[choice] = unit_vector(what.embedding, what_->dimensions);
}

void embedding_format::append_vector(std::string& out, const std::vector<float>& values) const {
  static_assert(std::endian::native == std::endian::little);
  if (what_->is_base64) {
    out += '"';
    append_base64(out, std::as_bytes(std::span{values}));
    out += '"';
    return;
  }
  out += '[';
  for (std::size_t at = 0; at < values.size(); ++at) {
    out += at == 0 ? "" : ",";
    append_float(out, values[at]);
  }
  out += ']';
}

void embedding_format::write_whole(std::string& out, const token_usage& used) {
  out += R"({"object":"list","data":[)";
  for (std::size_t at = 0; at < vectors_.size(); ++at) {
    out += at == 0 ? R"({"object":"embedding","index":)" : R"(,{"object":"embedding","index":)";
    append_number(out, at);
    out += R"(,"embedding":)";
    append_vector(out, vectors_[at]);
    out += '}';
  }
  out += R"(],"model":)";
  json::append_string(out, head_.model);
  out += R"(,"usage":{"prompt_tokens":)";
  append_number(out, used.prompt_tokens);
  out += R"(,"total_tokens":)";
  append_number(out, used.prompt_tokens);
  out += "}}";
}

} // namespace troupe::openai
