// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/signed_document.hpp"

#include "runtime/codec/codec.hpp"
#include "runtime/keys/sodium.hpp"

#include <algorithm>
#include <utility>

namespace troupe::keys {

namespace {

// A zero byte ends the purpose: none is the beginning of another.
bytes with_purpose(std::string_view purpose, bytes_view body) {
  const auto words = as_bytes_view(purpose);
  bytes all(words.begin(), words.end());
  all.push_back(std::byte{0});
  all.insert(all.end(), body.begin(), body.end());
  return all;
}

} // namespace

signed_document sign(std::string_view purpose, bytes body, const secret_key& by) {
  use_sodium();
  unsigned char expanded[crypto_sign_SECRETKEYBYTES];
  bytes signer(key_bytes);
  crypto_sign_seed_keypair(raw(signer.data()), expanded, raw(by.value().data()));
  bytes signature(crypto_sign_BYTES);
  const auto all = with_purpose(purpose, body);
  crypto_sign_detached(raw(signature.data()), nullptr, raw(all.data()), all.size(), expanded);
  sodium_memzero(expanded, sizeof expanded);
  return {.body = std::move(body), .signature = std::move(signature), .signer = std::move(signer)};
}

result<public_key> check_signature(std::string_view purpose, const signed_document& what,
                                   std::span<const public_key> trusted) {
  use_sodium();
  const auto signer = std::ranges::find_if(
      trusted, [&](const public_key& key) { return std::ranges::equal(key.value, what.signer); });
  if (signer == trusted.end()) {
    return error{.code = errc::forbidden,
                 .text = "signed by a key that is not trusted here; was it issued for this "
                         "cluster, and is its cluster key in the file 'trusted'?"};
  }
  const auto all = with_purpose(purpose, what.body);
  if (what.signature.size() != crypto_sign_BYTES
      || crypto_sign_verify_detached(raw(what.signature.data()), raw(all.data()), all.size(),
                                     raw(signer->value.data()))
             != 0) {
    return error{.code = errc::forbidden, .text = "the signature is wrong; issue it again"};
  }
  return *signer;
}

bytes encode_document(const signed_document& what) {
  return encode(what);
}

result<signed_document> decode_document(bytes_view data) {
  return decode<signed_document>(data);
}

} // namespace troupe::keys
