// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/block_naming.hpp"

#include "runtime/base/check.hpp"

#include <array>
#include <cstring>

namespace troupe {

block_namer::block_namer(content_id content, std::string_view lora, std::string_view salt,
                         std::uint64_t cluster_secret)
    : secret_(cluster_secret) {
  const std::array<std::uint64_t, 6> parts{content.value.high,
                                           content.value.low,
                                           hash64(as_bytes_view(lora), secret_),
                                           hash64(as_bytes_view(salt), secret_),
                                           lora.size(),
                                           salt.size()};
  root_.value = hash_128(std::as_bytes(std::span{parts}), secret_);
}

block_name block_namer::next(block_name parent, std::span<const token_id> tokens) const {
  TROUPE_CHECK(tokens.size() == block_tokens);
  std::array<std::uint64_t, 2 + block_tokens / 2> input{parent.value.high, parent.value.low};
  std::memcpy(&input[2], tokens.data(), tokens.size_bytes());
  return {hash_128(std::as_bytes(std::span{input}), secret_)};
}

std::vector<block_name> block_namer::all(std::span<const token_id> tokens) const {
  std::vector<block_name> names;
  names.reserve(tokens.size() / block_tokens);
  auto parent = root_;
  for (std::size_t at = 0; at + block_tokens <= tokens.size(); at += block_tokens) {
    parent = next(parent, tokens.subspan(at, block_tokens));
    names.push_back(parent);
  }
  return names;
}

} // namespace troupe
