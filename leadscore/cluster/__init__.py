"""Work for other processes than the one of the run, here and on other machines: scoring, training on partitions."""

from leadscore.settings import set_library_defaults

set_library_defaults()  # a worker of a cluster comes here first
