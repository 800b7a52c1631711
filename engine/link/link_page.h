#pragma once

#include "engine/api/form/forms.h"
#include "engine/link/link_calls.h"

namespace engine::form {

template<class T>
struct Form<LinkPage<T>>
{
    static constexpr auto members =
        std::tuple(member(u"items", &LinkPage<T>::items), optional(u"more", &LinkPage<T>::more));
};

} // namespace engine::form
