# fettle_built_in_tasks(OUT): writes the built-in tasks of tasks/*.yaml as a C++ source whose name
# goes to OUT, so that the program finds them from any folder.
function(fettle_built_in_tasks out)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tasks/*.yaml)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} yaml)
    string(APPEND rows "    {\"${name}\", R\"YAML(${yaml})YAML\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/built_in_tasks.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "#include \"app/task_files.h\"

namespace fettle::app {

std::span<const BuiltInTask> built_in_tasks() {
  static constexpr BuiltInTask kTasks[] = {
${rows}  };
  return kTasks;
}

}  // namespace fettle::app
")
  set(${out} ${source} PARENT_SCOPE)
endfunction()
