"""The benchmarks: the product beside the limits of the same machine, in the same minutes."""
