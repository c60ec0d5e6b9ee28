# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0

# troupe_test(NAME LABEL unit SOURCES a_test.cpp ... DEPENDS troupe::x ... [TIMEOUT seconds]
#   [SKIP expression])
# A case that prints what SKIP matches counts as skipped.
# One executable of doctest cases; every case becomes a CTest test LABEL.NAME.<title>.
find_package(doctest REQUIRED)
include(doctest)

function(troupe_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;SKIP;TIMEOUT" "SOURCES;DEPENDS;LINKS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  set(skip)
  if(arg_SKIP)
    set(skip SKIP_REGULAR_EXPRESSION ${arg_SKIP})
  endif()
  set(target ${arg_LABEL}_${name}_test)
  add_executable(${target} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/test/support/doctest_main.cpp)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} ${arg_LINKS} doctest::doctest
    troupe_warnings)
  target_compile_definitions(${target} PRIVATE TROUPE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  doctest_discover_tests(${target} TEST_PREFIX "${arg_LABEL}.${name}."
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} ${skip})
endfunction()
