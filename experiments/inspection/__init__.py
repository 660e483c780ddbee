"""What ``experiments.inspect`` looks at and how it shows it."""
