// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace troupe {

namespace names_detail {

template <class T>
constexpr std::string_view signature() {
  return __PRETTY_FUNCTION__;
}

template <auto V>
constexpr std::string_view signature() {
  return __PRETTY_FUNCTION__;
}

// The text after "T = " or "V = " in what gcc and clang write, without its namespaces.
constexpr std::string_view last_name(std::string_view signature) {
  signature.remove_prefix(signature.find(" = ") + 3);
  signature = signature.substr(0, signature.find_first_of(";]"));
  return signature.substr(signature.rfind(':') + 1);
}

} // namespace names_detail

/// The unqualified name of a class, enum or tag as the source spells it. Requires: no template.
/// Checked: test/unit/codec/describe_test.cpp
template <class T>
constexpr std::string_view type_name() {
  return names_detail::last_name(names_detail::signature<T>());
}

/// The unqualified name of an enumerator. Requires: V is one.
template <auto V>
constexpr std::string_view enumerator_name() {
  return names_detail::last_name(names_detail::signature<V>());
}

} // namespace troupe
