// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/bulk_seal.hpp"

#include "runtime/keys/sodium.hpp"

#include <algorithm>
#include <cstddef>

namespace troupe::keys {

static_assert(tag_bytes == crypto_aead_chacha20poly1305_IETF_ABYTES);
static_assert(key_bytes == crypto_aead_chacha20poly1305_IETF_KEYBYTES);

bulk_tag seal_bulk(const secret_key& key, std::uint64_t number, bytes_view head, bytes_view bulk) {
  use_sodium();
  unsigned char nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = {};
  for (unsigned i = 0; i < 8; ++i) {
    nonce[i] = static_cast<unsigned char>((number >> (8 * i)) & 0xFFU);
  }
  bytes hidden(std::max<std::size_t>(1, head.size())); // Never null.
  bulk_tag tag{};
  crypto_aead_chacha20poly1305_ietf_encrypt_detached(
      raw(hidden.data()), raw(tag.data()), nullptr, raw(head.data()), head.size(), raw(bulk.data()),
      bulk.size(), nullptr, nonce, raw(key.value().data()));
  return tag;
}

bool is_sealed(const bulk_tag& tag, const secret_key& key, std::uint64_t number, bytes_view head,
               bytes_view bulk) {
  const auto right = seal_bulk(key, number, head, bulk);
  return sodium_memcmp(tag.data(), right.data(), tag.size()) == 0;
}

} // namespace troupe::keys
