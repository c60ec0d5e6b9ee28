// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/codec.hpp"
#include "runtime/codec/print.hpp"
#include "runtime/codec/type_table.hpp"

/// Instantiates the codec for message types: heavy, so only the file that lists the messages
/// includes it.
namespace troupe {

template <bus_message M>
[[nodiscard]] type_entry entry_of() {
  static_assert(M::type != 0);
  type_entry entry;
  entry.type = M::type;
  entry.name = M::name;
  entry.traffic_class = M::traffic_class;
  entry.encode = [](const void* body, bytes& out) {
    encode_into(*static_cast<const M*>(body), out);
  };
  entry.decode = [](bytes_view data) -> result<std::shared_ptr<void>> {
    auto value = std::make_shared<M>();
    if (auto read = decode_into(data, *value); !read) {
      return std::move(read).err();
    }
    return std::shared_ptr<void>(std::move(value));
  };
  entry.bind_refs = [](void* body, const node_ref& peer, std::uint64_t session) {
    for_each<actor_ref>(*static_cast<M*>(body),
                        [&](actor_ref& ref) { ref.session = ref.node == peer ? session : 0; });
  };
  entry.print = [](const void* body) {
    return print(*static_cast<const M*>(body));
  };
  if constexpr (with_attachment<M>) {
    entry.has_attachment = true;
    entry.attachment = [](const void* body) -> const blob* {
      return &static_cast<const M*>(body)->attachment;
    };
    entry.attach = [](void* body, blob data) {
      static_cast<M*>(body)->attachment = std::move(data);
    };
  }
  return entry;
}

/// `make_table<place, placement, ...>()`.
template <bus_message... Ms>
[[nodiscard]] type_table make_table() {
  return type_table({entry_of<Ms>()...});
}

/// As above, of any list of types.
template <template <class...> class List, bus_message... Ms>
[[nodiscard]] type_table make_table(List<Ms...> /*types*/) {
  return make_table<Ms...>();
}

} // namespace troupe
