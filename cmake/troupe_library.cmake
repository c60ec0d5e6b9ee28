# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0

# troupe_library(NAME SOURCES a.cpp ... DEPENDS troupe::x ... LINKS third_party ...)
# A static library troupe_NAME, alias troupe::NAME, whose headers are found from the source root.
# DEPENDS are ours and public; LINKS are third parties and private, so that a library's headers
# never leak beyond the folder that wraps it. Without SOURCES it is an interface library.
function(troupe_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LINKS")
  if(arg_SOURCES)
    add_library(troupe_${name} STATIC ${arg_SOURCES})
    target_include_directories(troupe_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(troupe_${name} PUBLIC ${arg_DEPENDS} PRIVATE troupe_warnings ${arg_LINKS})
  else()
    add_library(troupe_${name} INTERFACE)
    target_include_directories(troupe_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(troupe_${name} INTERFACE ${arg_DEPENDS})
  endif()
  add_library(troupe::${name} ALIAS troupe_${name})
endfunction()
