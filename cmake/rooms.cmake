# fettle_room(NAME [TORCH] [PLAIN] [GLUE] SOURCES ... [ROOMS ...] [LIBRARIES ...]) makes the static
# library fettle_NAME. PLAIN: without precompiled headers: its files have compiler options of their
# own, or read little. GLUE: its code calls others' and waits, so it is compiled with less effort.
# Rooms are unity builds, so the helpers of a room's files have different names.
# fettle_test(NAME SOURCES ... [LIBRARIES ...]) makes the program test_NAME and tells ctest about
# its cases.
set(FETTLE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                    -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 and 13 see overlaps and overflows in std::string that are not there (PR 105651), and no
  # longer keep silent about library headers once these are precompiled.
  list(APPEND FETTLE_WARNINGS -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                              -Wno-array-bounds)
endif()

function(fettle_options target)
  target_compile_options(${target} PRIVATE ${FETTLE_WARNINGS} -fPIC)
  if(FETTLE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(FETTLE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FETTLE_SANITIZE} -fno-omit-frame-pointer
                                             -fno-sanitize-recover=undefined)
    target_link_options(${target} PRIVATE -fsanitize=${FETTLE_SANITIZE})
  endif()
endfunction()

# A third of a unit's compile time, where nobody waits for the code that it makes.
function(fettle_glue target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

# The headers that most files read are compiled once for all rooms, and once more with libtorch's
# for those above it: 1 to 2 of the 4 to 6 s that a file with JSON takes.
set(FETTLE_HEADERS <algorithm> <array> <charconv> <cmath> <cstdint> <filesystem> <fstream>
                   <functional> <map> <memory> <optional> <span> <string> <string_view>
                   <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)
option(FETTLE_PRECOMPILE "Compile the commonest headers once" ON)

function(fettle_precompile target)
  if(NOT FETTLE_PRECOMPILE OR FETTLE_FUZZ)
    return()
  endif()
  get_property(torch_rooms GLOBAL PROPERTY FETTLE_TORCH_ROOMS)
  set(donor fettle_headers)
  set(headers ${FETTLE_HEADERS})
  get_target_property(libraries ${target} LINK_LIBRARIES)
  foreach(library IN LISTS libraries)
    if(library STREQUAL fettle_libtorch OR library IN_LIST torch_rooms)
      set(donor fettle_torch_headers)
      set(headers ${FETTLE_HEADERS} <ATen/core/Tensor.h>)
    endif()
  endforeach()
  if(NOT TARGET ${donor})
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/${donor}.cpp CONTENT "")
    add_library(${donor} STATIC ${CMAKE_BINARY_DIR}/${donor}.cpp)
    fettle_options(${donor})
    if(donor STREQUAL fettle_torch_headers)
      target_link_libraries(${donor} PRIVATE fettle_libtorch)
    endif()
    target_precompile_headers(${donor} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${donor})
endfunction()

function(fettle_room name)
  cmake_parse_arguments(ROOM "TORCH;PLAIN;GLUE" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  set(target fettle_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  fettle_options(${target})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_ROOMS PREPEND fettle_)
  target_link_libraries(${target} PUBLIC ${ROOM_ROOMS} ${ROOM_LIBRARIES})
  if(ROOM_TORCH)
    target_link_libraries(${target} PUBLIC fettle_libtorch)
    set_property(GLOBAL APPEND PROPERTY FETTLE_TORCH_ROOMS ${target})
  endif()
  if(NOT ROOM_PLAIN)
    fettle_precompile(${target})
  endif()
  if(ROOM_GLUE)
    fettle_glue(${target})
  endif()
endfunction()

function(fettle_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${TEST_SOURCES})
  fettle_options(${target})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE fettle_${name} ${TEST_LIBRARIES} GTest::gmock
                                          GTest::gtest_main)
  fettle_precompile(${target})
  fettle_glue(${target})
  gtest_discover_tests(${target} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 120
                       PROPERTIES TIMEOUT 300)
endfunction()
