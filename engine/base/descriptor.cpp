#include "engine/base/descriptor.h"

#include <unistd.h>

namespace engine {

void Descriptor::reset()
{
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
}

} // namespace engine
