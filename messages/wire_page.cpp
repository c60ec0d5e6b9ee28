// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/wire_page.hpp"

#include "messages/registry.hpp"
#include "runtime/codec/describe.hpp"

#include <set>
#include <string_view>
#include <vector>

namespace troupe {

namespace {

constexpr std::string_view preface = R"(<!-- SPDX-FileCopyrightText: 2026 The Troupe authors -->
<!-- SPDX-License-Identifier: Apache-2.0 -->
# The wire

Generated from `messages/registry.hpp`; `test/wire/wire_page_test.cpp` writes this page, and fails
when it and the code differ. Who says what to whom, and when, is in [the protocol](protocol.md).

A body is a msgpack map from field number, ascending, to value; fields at their default are left
out, unknown numbers are skipped, doubled or descending ones refused (`runtime/codec/codec.hpp`).
Type and field numbers are never reused. Integers take their shortest msgpack form; enums are
integers; text is UTF-8; hash128 is bin 16; a list of u32 is bin of little-endian words, a list of
hash128 bin of 16-byte items, any other list an array. *At most* counts bytes of a text and items
of a list; a text inside a list has at most 256 bytes. A whole frame has at most 1 MiB.

The class says what the bus does when the receiver's window is full (`traffic` in
`runtime/codec/fields.hpp`): *request* is refused, *state* replaced by newer, *ordered* waits in a
window of its own, *free* needs no credit. A *bulk* message has bytes beside its fields, which take
the bulk lane; everything else takes the control lane.
)";

std::string_view name_of(traffic what) {
  switch (what) {
    case traffic::request:
      return "request";
    case traffic::state:
      return "state";
    case traffic::ordered:
      return "ordered";
    case traffic::free:
      return "free";
  }
  return "unknown";
}

template <class M>
constexpr std::string_view lane_of() {
  return with_attachment<M> ? "control + bulk" : "control";
}

void append_fields(std::string& out, const std::vector<described_field>& fields) {
  if (fields.empty()) {
    out += "\nNo fields.\n";
    return;
  }
  out += "\n| no | field | type | at most |\n|---:|---|---|---:|\n";
  for (const auto& f : fields) {
    out += "| " + std::to_string(f.number) + " | " + f.name + " | " + f.type + " | "
           + (f.items_max == 0 ? "" : std::to_string(f.items_max) + " ") + "|\n";
  }
}

template <bus_message M>
void append_row(std::string& out) {
  out += "| " + std::to_string(M::type) + " | [" + std::string(M::name) + "](#"
         + std::string(M::name) + ") | " + std::string(name_of(M::traffic_class)) + " | "
         + std::string(lane_of<M>()) + " |\n";
}

template <bus_message M>
void append_message(std::string& out, type_catalog& seen) {
  out += "\n### " + std::string(M::name) + "\n";
  append_fields(out, seen.describe<M>());
}

template <class... Ms>
std::string page_of(message_list<Ms...> /*all*/) {
  type_catalog seen;
  std::string out(preface);
  out += "\n## Messages\n\n| type | message | class | lane |\n|---:|---|---|---|\n";
  (append_row<Ms>(out), ...);
  (append_message<Ms>(out, seen), ...);
  out += "\n## Structs inside them\n";
  const std::set<std::string_view> messages{Ms::name...};
  for (const auto& [name, fields] : seen.structs()) {
    if (!messages.contains(name)) {
      out += "\n### " + name + "\n";
      append_fields(out, fields);
    }
  }
  out += "\n## Enums\n\n| enum | values |\n|---|---|\n";
  for (const auto& [name, values] : seen.enums()) {
    out += "| " + name + " |";
    for (std::size_t i = 0; i < values.size(); ++i) {
      out += " " + std::to_string(i) + " " + values[i] + (i + 1 < values.size() ? "," : "");
    }
    out += " |\n";
  }
  return out;
}

} // namespace

std::string wire_page() {
  return page_of(registry{});
}

} // namespace troupe
