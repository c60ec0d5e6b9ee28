// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/revocations.hpp"

#include "runtime/codec/codec.hpp"

namespace troupe::keys {

namespace {

constexpr std::string_view purpose = "troupe revocations 1";

} // namespace

bytes issue(const revocation_list& what, const secret_key& by) {
  return encode_document(sign(purpose, encode(what), by));
}

result<revocation_list> open_revocations(bytes_view data, std::span<const public_key> trusted) {
  const auto document = decode_document(data);
  if (!document) {
    return document.err();
  }
  if (const auto signer = check_signature(purpose, *document, trusted); !signer) {
    return signer.err();
  }
  return decode<revocation_list>(document->body);
}

} // namespace troupe::keys
