"""Training the fusion agent with an arm."""
