"""Claims about cells, their gradients, depth and speed."""
