// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/key.hpp"

#include "runtime/keys/sodium.hpp"

#include <algorithm>

namespace troupe::keys {

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

result<std::array<std::byte, key_bytes>> parse_key(std::string_view text) {
  const auto read = decode_text(text);
  if (!read || read->size() != key_bytes) {
    return error{.code = errc::malformed,
                 .text = "not a key: a key is 43 letters, digits, '-' and '_'"};
  }
  std::array<std::byte, key_bytes> value{};
  std::copy(read->begin(), read->end(), value.begin());
  return value;
}

} // namespace

secret_key::~secret_key() {
  sodium_memzero(value_.data(), value_.size());
}

std::string encode_text(bytes_view data) {
  use_sodium();
  std::string text(sodium_base64_encoded_len(data.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(data.data()), data.size(), variant);
  text.pop_back(); // The terminating zero.
  return text;
}

result<bytes> decode_text(std::string_view text) {
  if (text.empty()) {
    return bytes{};
  }
  use_sodium();
  bytes data(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(raw(data.data()), data.size(), text.data(), text.size(), nullptr, &size,
                        &end, variant)
          != 0
      || end != text.data() + text.size()) {
    return error{.code = errc::malformed, .text = "not base64 text"};
  }
  data.resize(size);
  return data;
}

std::string to_text(const public_key& key) {
  return encode_text(key.value);
}

std::string to_text(const secret_key& key) {
  return encode_text(key.value());
}

result<public_key> parse_public_key(std::string_view text) {
  auto value = parse_key(text);
  if (!value) {
    return value.err();
  }
  return public_key{*value};
}

result<secret_key> parse_secret_key(std::string_view text) {
  auto value = parse_key(text);
  if (!value) {
    return value.err();
  }
  return secret_key{*value};
}

secret_key make_secret_key() {
  use_sodium();
  std::array<std::byte, key_bytes> value{};
  randombytes_buf(value.data(), value.size());
  return secret_key{value};
}

public_key link_key_of(const secret_key& secret) {
  use_sodium();
  public_key out;
  crypto_scalarmult_base(raw(out.value.data()), raw(secret.value().data()));
  return out;
}

public_key signing_key_of(const secret_key& secret) {
  use_sodium();
  public_key out;
  unsigned char expanded[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(raw(out.value.data()), expanded, raw(secret.value().data()));
  sodium_memzero(expanded, sizeof expanded);
  return out;
}

} // namespace troupe::keys
