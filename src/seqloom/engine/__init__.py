"""Training and forward passes in JAX. The engine knows pure functions and arrays; what a layer is, it does not know."""
