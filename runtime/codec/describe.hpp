// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/type_names.hpp"
#include "runtime/codec/visit.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

struct described_field {
  unsigned number = 0;
  std::string name;
  std::string type;          ///< "list of block_name", "optional worker_ref", "u32".
  std::size_t items_max = 0; ///< Bytes of a text, items of a list; 0: the type has no such bound.
};

/// Field lists as text, for documentation: those of the structs asked for and of every struct and
/// enum inside them. Made from the lists that the codec reads, so it cannot say anything else.
/// Role: documentation and tests. Checked: test/unit/codec/describe_test.cpp
class type_catalog {
public:
  /// The fields of T; what they are made of is added to structs() and enums().
  template <has_fields T>
  std::vector<described_field> describe() {
    std::vector<described_field> out;
    all_fields<T>([&]<class Owner, class M>(const field_def<Owner, M>& f) {
      out.push_back(
          {f.number, std::string(f.name), name_of<M>(), is_bounded<M>() ? f.items_max : 0});
      return true;
    });
    return out;
  }

  using struct_map = std::map<std::string, std::vector<described_field>>;
  using enum_map = std::map<std::string, std::vector<std::string>>;

  [[nodiscard]] const struct_map& structs() const { return structs_; }
  [[nodiscard]] const enum_map& enums() const { return enums_; } ///< Enumerators from 0 on.

private:
  template <class T>
  static constexpr bool is_bounded() {
    if constexpr (is_optional<T>::value) {
      return is_bounded<typename T::value_type>();
    } else {
      return std::is_same_v<T, std::string> || is_vector<T>::value;
    }
  }

  template <class T>
  std::string name_of() {
    if constexpr (std::is_same_v<T, bool>) {
      return "bool";
    } else if constexpr (std::is_enum_v<T>) {
      return enum_name<T>();
    } else if constexpr (std::integral<T> || std::floating_point<T>) {
      const auto* kind = std::floating_point<T> ? "f" : std::is_signed_v<T> ? "i" : "u";
      return kind + std::to_string(8 * sizeof(T));
    } else if constexpr (std::is_same_v<T, std::string>) {
      return "text";
    } else if constexpr (std::is_same_v<T, hash128>) {
      return "hash128";
    } else if constexpr (is_optional<T>::value) {
      return "optional " + name_of<typename T::value_type>();
    } else if constexpr (is_vector<T>::value) {
      return "list of " + name_of<typename T::value_type>();
    } else if constexpr (is_strong_id<T>::value) {
      return id_name(T{});
    } else {
      return struct_name<T>();
    }
  }

  template <class Tag, class Rep>
  std::string id_name(strong_id<Tag, Rep> /*of*/) {
    std::string name(type_name<Tag>());
    if (name.ends_with("_tag")) {
      name.resize(name.size() - 4);
    }
    return name + " (" + name_of<Rep>() + ")";
  }

  template <class T>
  std::string enum_name() {
    using number = std::underlying_type_t<T>;
    const std::string name(type_name<T>());
    if constexpr (open_enum<T>) {
      return name + " (" + name_of<number>() + ")";
    } else {
      constexpr auto last = static_cast<std::size_t>(last_enumerator(T{}));
      enums_[name] = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::vector<std::string>{
            std::string(enumerator_name<static_cast<T>(static_cast<number>(I))>())...};
      }(std::make_index_sequence<last + 1>{});
      return name;
    }
  }

  template <class T>
  std::string struct_name() {
    std::string name(type_name<T>());
    if (structs_.try_emplace(name).second) {
      structs_[name] = describe<T>();
    }
    return name;
  }

  struct_map structs_;
  enum_map enums_;
};

} // namespace troupe
