"""What is taught about recurrent networks, as experiments: python -m experiments.claims."""
