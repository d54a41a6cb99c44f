"""Work past one machine: the Dask cluster, and training on partitions of the leads."""
