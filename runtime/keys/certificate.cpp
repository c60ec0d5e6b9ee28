// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/certificate.hpp"

#include "runtime/codec/codec.hpp"

#include <algorithm>
#include <utility>

namespace troupe::keys {

namespace {

constexpr std::string_view purpose = "troupe certificate 1";

} // namespace

bytes issue(const certificate& what, const secret_key& by) {
  return encode_document(sign(purpose, encode(what), by));
}

result<verified_certificate> open_certificate(bytes_view data,
                                              std::span<const public_key> trusted) {
  if (data.size() > certificate_bytes_max) {
    return error{.code = errc::too_large, .text = "a certificate over the limit"};
  }
  const auto document = decode_document(data);
  if (!document) {
    return document.err();
  }
  const auto signer = check_signature(purpose, *document, trusted);
  if (!signer) {
    return signer.err();
  }
  auto read = decode<certificate>(document->body);
  if (!read) {
    return std::move(read).err();
  }
  if (read->link_key.size() != key_bytes || read->name.empty() || read->serial == 0) {
    return error{.code = errc::malformed, .text = "a certificate without key, name or serial"};
  }
  verified_certificate out{.of = *std::move(read), .signer = *signer};
  std::ranges::copy(out.of.link_key, out.link_key.value.begin());
  return out;
}

} // namespace troupe::keys
