add_library(project_options INTERFACE) # Every target of ours links this; third-party code never does.
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wnull-dereference $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>)
target_compile_definitions(project_options INTERFACE
  QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_NO_FOREACH QT_NO_NARROWING_CONVERSIONS_IN_CONNECT)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(project_options INTERFACE -Wno-subobject-linkage) # It takes the sources for headers then.
endif()
if(SANITIZERS)
  target_compile_options(project_options INTERFACE
    -fsanitize=${SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(project_options INTERFACE -fsanitize=${SANITIZERS})
endif()

# One precompiled header for everything that links Qt Core. Measured with g++ 12: made once in 5.4 s, then a source takes
# 0.5 to 0.7 s of processor time instead of 1.2 to 2.2 s. The lint build is made without it, so a forgotten include
# is found there.
if(USE_PCH)
  add_library(project_pch STATIC cmake/pch.cpp)
  set_target_properties(project_pch PROPERTIES AUTOMOC OFF)
  target_link_libraries(project_pch PRIVATE project_options Qt6::Core)
  target_precompile_headers(project_pch PRIVATE
    <QByteArray> <QDateTime> <QHash> <QJsonArray> <QJsonObject> <QList> <QMap> <QObject> <QString> <QStringList>
    <chrono> <functional> <memory> <optional> <variant>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(project_options INTERFACE -fpch-preprocess) # ccache needs it to see the header's content.
  endif()
endif()

# use_pch(target): the target's sources see the header above. For targets that link Qt6::Core and project_options.
function(use_pch target)
  if(USE_PCH)
    target_precompile_headers(${target} REUSE_FROM project_pch)
  endif()
endfunction()

# One folder under engine/ is one static library, engine_<folder>.
#   engine_library(plan SOURCES a.cpp a.h DEPENDS engine_pack PRIVATE_LIBS OpenSSL::Crypto)
# DEPENDS says what the headers show; the test of the layer table checks the includes behind it.
function(engine_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_LIBS" ${ARGN})
  add_library(engine_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(engine_${folder} PUBLIC Qt6::Core ${ARG_DEPENDS} PRIVATE project_options ${ARG_PRIVATE_LIBS})
  use_pch(engine_${folder})
endfunction()
