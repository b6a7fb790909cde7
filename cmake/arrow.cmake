# The target fettle_arrow_libraries: Arrow's C++ and Parquet, whose headers and libraries come in the
# pyarrow wheel, as libtorch comes in torch.
#
# Looked for in: FETTLE_ARROW (cache or environment), the project's Python environment. The folder
# holds include/arrow and libarrow.so.N.
set(FETTLE_ARROW "$ENV{FETTLE_ARROW}" CACHE PATH "Folder of Arrow (holds include/ and libarrow.so.N)")
file(GLOB FETTLE_VENV_ARROW ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/pyarrow)
find_path(FETTLE_ARROW_INCLUDE parquet/arrow/reader.h HINTS ${FETTLE_ARROW} ${FETTLE_VENV_ARROW}
          PATH_SUFFIXES include NO_DEFAULT_PATH)
if(NOT FETTLE_ARROW_INCLUDE AND FETTLE_FUZZ)
  return()
elseif(NOT FETTLE_ARROW_INCLUDE)
  message(FATAL_ERROR "Arrow was not found (looked in: ${FETTLE_ARROW} ${FETTLE_VENV_ARROW}). Run "
                      "./dev setup, install the pyarrow of tools/requirements.txt into .venv, or set "
                      "FETTLE_ARROW to a folder that holds include/ and libarrow.so.N.")
endif()
get_filename_component(FETTLE_ARROW_ROOT ${FETTLE_ARROW_INCLUDE} DIRECTORY)
file(GLOB FETTLE_ARROW_LIBRARIES ${FETTLE_ARROW_ROOT}/libarrow.so* ${FETTLE_ARROW_ROOT}/libparquet.so*)
message(STATUS "Arrow: ${FETTLE_ARROW_ROOT}")

add_library(fettle_arrow_libraries INTERFACE)
target_include_directories(fettle_arrow_libraries SYSTEM INTERFACE ${FETTLE_ARROW_INCLUDE})
target_link_libraries(fettle_arrow_libraries INTERFACE ${FETTLE_ARROW_LIBRARIES})
target_link_options(fettle_arrow_libraries INTERFACE -Wl,-rpath,${FETTLE_ARROW_ROOT})
