"""Small tasks on which cells are compared at an equal number of parameters."""
