"""What a step costs over several devices, and what they exchange."""
