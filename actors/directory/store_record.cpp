// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/store_record.hpp"

#include "runtime/base/hash.hpp"
#include "runtime/codec/codec.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::byte version{1};
constexpr std::size_t seal_bytes = 16;
/// Half of what directories believe of each other: whoever writes into the store cannot use up the
/// numbers.
constexpr std::uint64_t epoch_max = std::uint64_t{1} << 62U;

void append(bytes& to, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    to.push_back(static_cast<std::byte>(number >> shift));
  }
}

bytes seal_of(bytes_view body, std::uint64_t secret) {
  const auto hash = hash_128(body, mix64(secret, 0x726563726f64ULL));
  bytes out;
  append(out, hash.high);
  append(out, hash.low);
  return out;
}

error malformed(const std::string& what) {
  return {.code = errc::malformed, .text = "a record of the store " + what};
}

} // namespace

bytes write_store_record(const join& what, std::uint64_t cluster_secret) {
  const auto body = encode(what);
  bytes out{version};
  const auto seal = seal_of(body, cluster_secret);
  out.insert(out.end(), seal.begin(), seal.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

result<join> read_store_record(std::string_view name, bytes_view data,
                               std::uint64_t cluster_secret) {
  if (data.size() <= 1 + seal_bytes || data.front() != version) {
    return malformed("is of another version");
  }
  const auto body = data.subspan(1 + seal_bytes);
  if (!std::ranges::equal(seal_of(body, cluster_secret), data.subspan(1, seal_bytes))) {
    return malformed("has a wrong seal: another cluster's, or damaged");
  }
  auto what = decode<join>(body);
  if (!what) {
    return what.err();
  }
  if (store_record_name(what->me.node.node) != name || what->me.node.life.value == 0
      || what->epoch_seen > epoch_max) {
    return error{.code = errc::invalid_value, .text = "a record of the store is not what it says"};
  }
  return what;
}

std::string store_record_name(node_id node) {
  std::string out(16, '0');
  auto rest = node.value;
  for (auto at = out.rbegin(); at != out.rend(); ++at, rest >>= 4U) {
    *at = "0123456789abcdef"[rest & 15U];
  }
  return out;
}

} // namespace troupe
