// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

/// Keys as values. All cryptography is libsodium's, which is seen by this folder only.
namespace troupe::keys {

inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t key_text_chars = 43;

/// Of a node's links (X25519, as CURVE uses) or of a cluster (Ed25519).
struct public_key {
  std::array<std::byte, key_bytes> value{};

  friend auto operator<=>(const public_key&, const public_key&) = default;
};

/// Wiped when it is destroyed; not printed, not compared.
class secret_key {
public:
  secret_key() = default;
  explicit secret_key(const std::array<std::byte, key_bytes>& value) : value_(value) {}
  secret_key(const secret_key&) = default;
  secret_key& operator=(const secret_key&) = default;
  ~secret_key();

  [[nodiscard]] const std::array<std::byte, key_bytes>& value() const { return value_; }

private:
  std::array<std::byte, key_bytes> value_{};
};

/// As text: base64 of RFC 4648 section 5 without padding, 43 characters. Errors: malformed.
[[nodiscard]] std::string to_text(const public_key& key);
[[nodiscard]] std::string to_text(const secret_key& key);
[[nodiscard]] result<public_key> parse_public_key(std::string_view text);
[[nodiscard]] result<secret_key> parse_secret_key(std::string_view text);
[[nodiscard]] std::string encode_text(bytes_view data);
[[nodiscard]] result<bytes> decode_text(std::string_view text);

/// From the kernel's generator.
[[nodiscard]] secret_key make_secret_key();

/// The public half: of links, and of a cluster's signing key.
[[nodiscard]] public_key link_key_of(const secret_key& secret);
[[nodiscard]] public_key signing_key_of(const secret_key& secret);

} // namespace troupe::keys
