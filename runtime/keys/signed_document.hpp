// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/fields.hpp"
#include "runtime/keys/key.hpp"

#include <span>
#include <string_view>
#include <tuple>

namespace troupe::keys {

/// Longest body that is signed: a full revocation list.
inline constexpr std::size_t document_bytes_max = std::size_t{1} << 20U;

/// Bytes with a cluster key's word for them.
struct signed_document {
  bytes body;
  bytes signature;
  bytes signer; ///< The cluster's public key.

  static constexpr auto fields() {
    return std::tuple{field(1, "body", &signed_document::body, document_bytes_max),
                      field(2, "signature", &signed_document::signature, 64),
                      field(3, "signer", &signed_document::signer, key_bytes)};
  }
};

/// `purpose` is signed too, so that a document of one kind never passes as another.
[[nodiscard]] signed_document sign(std::string_view purpose, bytes body, const secret_key& by);

/// Who signed it: one of `trusted`. Errors: forbidden.
[[nodiscard]] result<public_key> check_signature(std::string_view purpose,
                                                 const signed_document& what,
                                                 std::span<const public_key> trusted);

/// On the wire and in files (as text). Errors: malformed, too_large.
[[nodiscard]] bytes encode_document(const signed_document& what);
[[nodiscard]] result<signed_document> decode_document(bytes_view data);

} // namespace troupe::keys
