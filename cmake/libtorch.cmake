# The target fettle_libtorch. libtorch's own CMake package wants a CUDA toolkit wherever the wheel
# was built with CUDA; linking its libraries needs none, so they are named here.
#
# Looked for in: FETTLE_TORCH (cache or environment), Torch_DIR, CMAKE_PREFIX_PATH, the project's
# Python environment. Each may be the folder that holds include/ and lib/, or one above it.
set(FETTLE_TORCH "$ENV{FETTLE_TORCH}" CACHE PATH "Folder of libtorch (holds include/ and lib/)")
file(GLOB FETTLE_VENV_TORCH ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
set(FETTLE_TORCH_HINTS ${FETTLE_TORCH} ${FETTLE_TORCH}/torch)
if(NOT FETTLE_TORCH)
  set(FETTLE_TORCH_HINTS ${Torch_DIR}/../../.. ${CMAKE_PREFIX_PATH} ${FETTLE_VENV_TORCH})
endif()
find_path(FETTLE_TORCH_INCLUDE ATen/core/Tensor.h HINTS ${FETTLE_TORCH_HINTS} PATH_SUFFIXES include
          NO_DEFAULT_PATH)
if(NOT FETTLE_TORCH_INCLUDE AND FETTLE_FUZZ)
  # The fuzz targets need none; the rooms above them are named but not built.
  add_library(fettle_libtorch INTERFACE)
  return()
elseif(NOT FETTLE_TORCH_INCLUDE)
  message(FATAL_ERROR "libtorch was not found (looked in: ${FETTLE_TORCH_HINTS}). Run ./dev setup, "
                      "or set FETTLE_TORCH to the folder that holds include/ and lib/.")
endif()
get_filename_component(FETTLE_TORCH_ROOT ${FETTLE_TORCH_INCLUDE} DIRECTORY)
set(FETTLE_TORCH_LIB ${FETTLE_TORCH_ROOT}/lib)
file(STRINGS ${FETTLE_TORCH_INCLUDE}/torch/headeronly/version.h FETTLE_TORCH_VERSION_LINES
     REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
message(STATUS "libtorch: ${FETTLE_TORCH_ROOT}")

add_library(fettle_libtorch INTERFACE)
target_include_directories(fettle_libtorch SYSTEM INTERFACE
  ${FETTLE_TORCH_INCLUDE} ${FETTLE_TORCH_INCLUDE}/torch/csrc/api/include)
# Per-operator headers only: ATen.h would triple the time of every file.
target_compile_definitions(fettle_libtorch INTERFACE AT_PER_OPERATOR_HEADERS)
target_link_libraries(fettle_libtorch INTERFACE ${FETTLE_TORCH_LIB}/libtorch_cpu.so
                                                ${FETTLE_TORCH_LIB}/libc10.so)
target_link_options(fettle_libtorch INTERFACE -Wl,-rpath,${FETTLE_TORCH_LIB}
                    -Wl,--allow-shlib-undefined)
# The OpenMP runtime that libtorch brings: at::parallel_for runs on it where a file is compiled with
# FETTLE_OPENMP, and a second runtime would mean a second set of threads.
file(GLOB FETTLE_TORCH_OPENMP ${FETTLE_TORCH_LIB}/libgomp*.so*)
if(FETTLE_TORCH_OPENMP AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(FETTLE_OPENMP -fopenmp)
  target_link_libraries(fettle_libtorch INTERFACE ${FETTLE_TORCH_OPENMP})
endif()
if(EXISTS ${FETTLE_TORCH_LIB}/libtorch_cuda.so)
  # Nothing names a symbol of it; loading it registers the CUDA kernels.
  target_link_libraries(fettle_libtorch INTERFACE
    -Wl,--push-state,--no-as-needed ${FETTLE_TORCH_LIB}/libtorch_cuda.so
    ${FETTLE_TORCH_LIB}/libc10_cuda.so ${FETTLE_TORCH_LIB}/libtorch.so -Wl,--pop-state)
endif()
